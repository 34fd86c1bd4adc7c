//! HTTP/0.9 over QUIC, and HTTP/3, on quinn, client and server, for Millrace's interop runner.

mod client;
mod http3;
mod options;
mod server;

use std::error::Error;

pub type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// HTTP/0.9, but for the case http3.
pub fn alpn(options: &options::Options) -> Vec<u8> {
    let name: &[u8] = if options.is("http3") {
        b"h3"
    } else {
        b"hq-interop"
    };
    name.to_vec()
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome<()> {
    let options = options::parse(std::env::args().skip(1))?;
    match options.role.as_str() {
        "server" => server::run(options).await,
        "client" => client::run(options).await,
        other => Err(format!("'{other}' is neither client nor server").into()),
    }
}
