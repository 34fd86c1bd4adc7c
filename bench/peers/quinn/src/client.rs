//! Each workload gets ready, says so, and does each part when it is told to go.

use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use quinn::{ClientConfig, Connection, Endpoint};
use tokio::sync::Mutex;
use tokio::task::JoinSet;

use crate::options::Options;
use crate::wire::{drain, pour};
use crate::{Outcome, config, echoes, lines};

/// Share of the work that comes first and does not count, as the clients on Node have it.
const WARM_UP: f64 = 0.25;

#[derive(Clone)]
pub struct Client {
    pub options: Options,
    endpoint: Endpoint,
    server: SocketAddr,
}

pub struct Prompter(tokio::sync::mpsc::UnboundedReceiver<String>);

impl Prompter {
    fn new() -> Self {
        Self(lines::listen())
    }

    /// Resolves when the next part shall be done; `ready` is said before the first.
    pub async fn told(&mut self) {
        self.0.recv().await;
    }
}

pub async fn run(workload: &str, options: Options) -> Outcome<()> {
    let server = SocketAddr::from((Ipv4Addr::LOCALHOST, options.number("port")?.try_into()?));
    let client = Client {
        options,
        endpoint: config::endpoint(None)?,
        server,
    };
    let prompter = Prompter::new();
    match workload {
        "download" => download(client, prompter).await?,
        "upload" => upload(client, prompter).await?,
        "requests" => requests(client, prompter).await?,
        "handshakes" => handshakes(client, prompter).await?,
        "connections" => connections(client, prompter).await?,
        "echoes" => echoes::run(client, prompter).await?,
        _ => return Err(format!("'{workload}' is no workload").into()),
    }
    // What is measured is what both hold until stdin ends.
    std::future::pending().await
}

impl Client {
    pub fn config(&self, keeps: bool, early: bool) -> Outcome<ClientConfig> {
        config::client(self.options.text("ca")?, keeps, early)
    }

    /// With what the configuration keeps, 0-RTT where that allows it.
    async fn connect(&self, config: ClientConfig) -> Outcome<Connection> {
        match self.endpoint.connect_with(config, self.server, "localhost")?.into_0rtt() {
            Ok((connection, _)) => Ok(connection),
            Err(connecting) => Ok(connecting.await?),
        }
    }

    pub async fn dial(&self) -> Outcome<Connection> {
        self.connect(self.config(false, false)?).await
    }
}

/// Sends bytes and asks for others on a stream of its own; returns how many came.
async fn exchange(connection: &Connection, sent: usize, wanted: usize) -> Outcome<usize> {
    let (mut sending, mut receiving) = connection.open_bi().await?;
    sending.write_all(&(wanted as u64).to_be_bytes()).await?;
    pour(&mut sending, sent).await?;
    drain(&mut receiving).await
}

async fn download(client: Client, prompter: Prompter) -> Outcome<()> {
    let (bytes, streams) = (client.options.number("bytes")?, client.options.number("streams")?);
    timed(&client, prompter, async |connection, share| {
        let part = (bytes as f64 * share) as usize / streams;
        let exchanged = move |_| {
            let connection = connection.clone();
            async move { exchange(&connection, 0, part).await }
        };
        in_parallel(streams, streams, exchanged).await
    })
    .await
}

async fn upload(client: Client, prompter: Prompter) -> Outcome<()> {
    let bytes = client.options.number("bytes")?;
    timed(&client, prompter, async |connection, share| {
        let sent = (bytes as f64 * share) as usize;
        exchange(&connection, sent, 1).await?;
        Ok(sent)
    })
    .await
}

async fn requests(client: Client, prompter: Prompter) -> Outcome<()> {
    let options = &client.options;
    let (count, inflight, size) = (options.number("count")?, options.number("inflight")?, options.number("size")?);
    timed(&client, prompter, async |connection, share| {
        let exchanged = move |_| {
            let connection = connection.clone();
            async move { exchange(&connection, 0, size).await }
        };
        in_parallel((count as f64 * share) as usize, inflight, exchanged).await
    })
    .await
}

/// A share of the work before `ready`, and one part that is all of it.
async fn timed(client: &Client, mut prompter: Prompter, work: impl AsyncFn(Connection, f64) -> Outcome<usize>) -> Outcome<()> {
    let connection = client.dial().await?;
    work(connection.clone(), WARM_UP).await?;
    println!("ready");
    prompter.told().await;
    let start = Instant::now();
    let bytes = work(connection, 1.0).await?;
    print_result(start, bytes);
    Ok(())
}

async fn handshakes(client: Client, mut prompter: Prompter) -> Outcome<()> {
    let (count, inflight) = (client.options.number("count")?, client.options.number("inflight")?);
    let (keeps, early) = match client.options.text("kind")? {
        "full" => (false, false),
        "resumed" => (true, false),
        _ => (true, true),
    };
    let configs = (0..inflight).map(|_| client.config(keeps, early)).collect::<Outcome<Vec<_>>>()?;
    let shared = Arc::new((client, configs));
    let once = move |worker: usize| {
        let shared = shared.clone();
        async move {
            let (client, configs) = &*shared;
            let connection = client.connect(configs[worker].clone()).await?;
            let bytes = exchange(&connection, 0, 1).await?;
            connection.close(0u32.into(), b"");
            Ok(bytes)
        }
    };
    for worker in 0..inflight {
        once(worker).await?;
    }
    println!("ready");
    prompter.told().await;
    let start = Instant::now();
    let bytes = in_parallel(count, inflight, once).await?;
    print_result(start, bytes);
    Ok(())
}

async fn connections(client: Client, mut prompter: Prompter) -> Outcome<()> {
    let (count, inflight) = (client.options.number("count")?, client.options.number("inflight")?);
    let open = Arc::new(Mutex::new(Vec::with_capacity(count)));
    println!("ready");
    prompter.told().await;
    let start = Instant::now();
    let held = open.clone();
    let once = move |_| {
        let (client, held) = (client.clone(), held.clone());
        async move {
            let connection = client.dial().await?;
            exchange(&connection, 0, 1).await?;
            held.lock().await.push(connection);
            Ok(1)
        }
    };
    let opened = in_parallel(count, inflight, once).await?;
    print_result(start, opened);
    prompter.told().await;
    let start = Instant::now();
    for connection in open.lock().await.drain(..) {
        connection.close(0u32.into(), b"");
    }
    print_result(start, opened);
    Ok(())
}

/// Works `count` times, by as many workers at once; each is told which one it is. Returns the sum.
async fn in_parallel<F>(count: usize, workers: usize, work: impl Fn(usize) -> F + Clone + Send + Sync + 'static) -> Outcome<usize>
where
    F: Future<Output = Outcome<usize>> + Send,
{
    let begun = Arc::new(AtomicUsize::new(0));
    let mut tasks = JoinSet::new();
    for worker in 0..workers {
        let (begun, work) = (begun.clone(), work.clone());
        tasks.spawn(async move {
            let mut sum = 0;
            while begun.fetch_add(1, Ordering::Relaxed) < count {
                sum += work(worker).await?;
            }
            Outcome::Ok(sum)
        });
    }
    let mut sum = 0;
    while let Some(result) = tasks.join_next().await {
        sum += result??;
    }
    Ok(sum)
}

fn print_result(start: Instant, bytes: usize) {
    println!("result {{\"seconds\":{},\"bytes\":{bytes}}}", start.elapsed().as_secs_f64());
}
