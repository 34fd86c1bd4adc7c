//! HTTP/0.9 over QUIC on quinn, client and server, for Millrace's interop runner.

mod client;
mod options;
mod server;

use std::error::Error;

pub type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

pub const ALPN: &[u8] = b"hq-interop";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome<()> {
    let options = options::parse(std::env::args().skip(1))?;
    match options.role.as_str() {
        "server" => server::run(options).await,
        "client" => client::run(options).await,
        other => Err(format!("'{other}' is neither client nor server").into()),
    }
}
