//! The workloads of Millrace's benchmarks on quinn, client and server. README.md of the folder above says what the lines mean.

mod client;
mod config;
mod echoes;
mod lines;
mod options;
mod server;
mod wire;

use std::error::Error;

pub type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// One thread, as quinn's own measuring programs have it.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome<()> {
    let options = options::parse(std::env::args().skip(1))?;
    match options.role.as_str() {
        "server" => server::run(&options).await,
        workload => client::run(workload, options.clone()).await,
    }
}
