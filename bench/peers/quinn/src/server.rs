//! Answers.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use quinn::{Connection, RecvStream, SendStream};

use crate::options::Options;
use crate::wire::{ECHO, drain, pour};
use crate::{Outcome, config, lines};

/// How often it is looked whether the last connection has gone.
const POLL: Duration = Duration::from_millis(1);

pub async fn run(options: &Options) -> Outcome<()> {
    let config = config::server(options.text("cert")?, options.text("key")?)?;
    let endpoint = config::endpoint(Some(config))?;
    println!("listening {} {}", endpoint.local_addr()?.port(), std::process::id());
    let live = Arc::new(AtomicUsize::new(0));
    tokio::spawn(answer_lines(live.clone()));
    while let Some(incoming) = endpoint.accept().await {
        let live = live.clone();
        tokio::spawn(async move {
            // In 0.5-RTT, so that streams of 0-RTT are seen as they come.
            let connection = match incoming.accept()?.into_0rtt() {
                Ok((connection, _)) => connection,
                Err(connecting) => connecting.await?,
            };
            live.fetch_add(1, Ordering::Relaxed);
            serve(&connection).await;
            live.fetch_sub(1, Ordering::Relaxed);
            Outcome::Ok(())
        });
    }
    Ok(())
}

async fn answer_lines(live: Arc<AtomicUsize>) {
    let mut lines = lines::listen();
    while let Some(line) = lines.recv().await {
        while line == "empty" && live.load(Ordering::Relaxed) > 0 {
            tokio::time::sleep(POLL).await;
        }
        println!("{line} done");
    }
}

async fn serve(connection: &Connection) {
    while let Ok((sending, receiving)) = connection.accept_bi().await {
        tokio::spawn(answer(sending, receiving));
    }
}

async fn answer(mut sending: SendStream, mut receiving: RecvStream) -> Outcome<()> {
    let mut header = [0; 8];
    receiving.read_exact(&mut header).await?;
    let wanted = u64::from_be_bytes(header);
    if wanted == ECHO {
        while let Some(chunk) = receiving.read_chunk(usize::MAX, true).await? {
            sending.write_chunk(chunk.bytes).await?;
        }
        return Ok(sending.finish()?);
    }
    drain(&mut receiving).await?;
    pour(&mut sending, wanted as usize).await
}
