//! HTTP/3, by the crate h3: the files of the case http3.

use std::future::poll_fn;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::{Buf, Bytes};
use http::{Request, Response, StatusCode};
use quinn::Connection;
use tokio::io::AsyncWriteExt;
use tokio::task::JoinSet;

use crate::Outcome;
use crate::options::Options;

type Requests = h3::client::SendRequest<h3_quinn::OpenStreams, Bytes>;
type Answer = h3::server::RequestStream<h3_quinn::BidiStream<Bytes>, Bytes>;

pub async fn fetch_all(
    options: &Arc<Options>,
    connection: &Connection,
    files: Vec<String>,
) -> Outcome<()> {
    let (mut driver, requests) =
        h3::client::new(h3_quinn::Connection::new(connection.clone())).await?;
    let driving = tokio::spawn(async move { poll_fn(|context| driver.poll_close(context)).await });
    let mut tasks = JoinSet::new();
    for file in files {
        tasks.spawn(fetch(options.clone(), requests.clone(), file));
    }
    while let Some(result) = tasks.join_next().await {
        result??;
    }
    drop(requests);
    driving.await?;
    Ok(())
}

async fn fetch(options: Arc<Options>, mut requests: Requests, name: String) -> Outcome<()> {
    let request = Request::get(format!("https://localhost/{name}")).body(())?;
    let mut stream = requests.send_request(request).await?;
    stream.finish().await?;
    let response = stream.recv_response().await?;
    if response.status() != StatusCode::OK {
        return Err(format!("{name}: {}", response.status()).into());
    }
    let mut file = tokio::fs::File::create(options.path("downloads")?.join(name)).await?;
    while let Some(mut chunk) = stream.recv_data().await? {
        file.write_all(&chunk.copy_to_bytes(chunk.remaining()))
            .await?;
    }
    file.flush().await?;
    Ok(())
}

pub async fn serve(connection: Connection, root: PathBuf) -> Outcome<()> {
    let mut requests: h3::server::Connection<_, Bytes> =
        h3::server::Connection::new(h3_quinn::Connection::new(connection)).await?;
    while let Some(resolver) = requests.accept().await? {
        let root = root.clone();
        tokio::spawn(async move {
            let (request, stream) = resolver.resolve_request().await?;
            answer(request, stream, &root).await
        });
    }
    Ok(())
}

async fn answer(request: Request<()>, mut stream: Answer, root: &Path) -> Outcome<()> {
    let name = Path::new(request.uri().path())
        .file_name()
        .ok_or("a request names a file")?;
    let content = tokio::fs::read(root.join(name)).await?;
    stream.send_response(Response::new(())).await?;
    stream.send_data(content.into()).await?;
    stream.finish().await?;
    Ok(())
}
