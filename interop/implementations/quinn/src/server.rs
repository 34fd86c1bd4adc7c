//! Serves a folder.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use quinn::crypto::rustls::QuicServerConfig;
use quinn::{Connection, Endpoint, RecvStream, SendStream, ServerConfig};
use rustls::KeyLogFile;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::options::Options;
use crate::{Outcome, alpn, http3};

const LONGEST_REQUEST: usize = 4096;

pub async fn run(options: Options) -> Outcome<()> {
    let endpoint = Endpoint::server(configuration(&options)?, options.address()?)?;
    let root = options.path("root")?;
    let is_http3 = options.is("http3");
    let is_early = options.is("zerortt");
    while let Some(incoming) = endpoint.accept().await {
        if options.is("retry") && incoming.may_retry() && !incoming.remote_address_validated() {
            incoming.retry()?;
            continue;
        }
        let root = root.clone();
        tokio::spawn(async move {
            let connection = if is_early {
                // So that streams of 0-RTT are seen as they come.
                match incoming.accept()?.into_0rtt() {
                    Ok((connection, _)) => connection,
                    Err(connecting) => connecting.await?,
                }
            } else {
                // Before the whole ClientHello is there, quinn knows no limit of streams, and who opens one then is never woken.
                incoming.await?
            };
            if is_http3 {
                http3::serve(connection, root).await
            } else {
                serve(connection, root).await
            }
        });
    }
    Ok(())
}

fn configuration(options: &Options) -> Outcome<ServerConfig> {
    let chain =
        CertificateDer::pem_file_iter(options.path("cert")?)?.collect::<Result<Vec<_>, _>>()?;
    let key = PrivateKeyDer::from_pem_file(options.path("key")?)?;
    let mut tls = rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    tls.alpn_protocols = vec![alpn(options)];
    tls.key_log = Arc::new(KeyLogFile::new());
    tls.max_early_data_size = u32::MAX;
    let mut configuration = ServerConfig::with_crypto(Arc::new(QuicServerConfig::try_from(tls)?));
    if let (Some(port), SocketAddr::V4(address)) = (options.preferred_port()?, options.address()?) {
        configuration.preferred_address_v4(Some(std::net::SocketAddrV4::new(*address.ip(), port)));
    }
    Ok(configuration)
}

async fn serve(connection: Connection, root: PathBuf) -> Outcome<()> {
    loop {
        let (sending, receiving) = connection.accept_bi().await?;
        let root = root.clone();
        tokio::spawn(async move {
            if let Err(error) = answer(sending, receiving, &root).await {
                eprintln!("{error}");
            }
        });
    }
}

async fn answer(mut sending: SendStream, mut receiving: RecvStream, root: &Path) -> Outcome<()> {
    let request = String::from_utf8(receiving.read_to_end(LONGEST_REQUEST).await?)?;
    let path = request
        .trim()
        .strip_prefix("GET /")
        .ok_or("a request is GET /FILE")?;
    let name = Path::new(path)
        .file_name()
        .ok_or("a request names a file")?;
    sending
        .write_all(&tokio::fs::read(root.join(name)).await?)
        .await?;
    sending.finish()?;
    Ok(())
}
