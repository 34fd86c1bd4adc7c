//! Fetches files.

use std::sync::Arc;

use quinn::crypto::rustls::QuicClientConfig;
use quinn::{ClientConfig, Connection, Endpoint};
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{KeyLogFile, RootCertStore};
use tokio::io::AsyncWriteExt;
use tokio::task::JoinSet;

use crate::options::Options;
use crate::{Outcome, alpn, http3};

/// How much of a file must have come before the keys are updated.
const KEY_UPDATE_AFTER: usize = 256 * 1024;

pub async fn run(options: Options) -> Outcome<()> {
    let address = options.address()?;
    let any = if address.is_ipv4() {
        "0.0.0.0:0"
    } else {
        "[::]:0"
    };
    let configuration = configuration(&options)?;
    let options = Arc::new(options);
    for files in connections(&options) {
        // A socket of its own for each connection, as a new run of the program would have.
        let mut endpoint = Endpoint::client(any.parse()?)?;
        endpoint.set_default_client_config(configuration.clone());
        let connecting = endpoint.connect(address, "localhost")?;
        let connection = if options.is("zerortt") {
            match connecting.into_0rtt() {
                Ok((connection, _)) => connection,
                Err(connecting) => connecting.await?,
            }
        } else {
            connecting.await?
        };
        if options.is("http3") {
            http3::fetch_all(&options, &connection, files).await?;
        } else {
            fetch_all(&options, &connection, files).await?;
        }
        connection.close(0u32.into(), b"");
        endpoint.wait_idle().await;
    }
    Ok(())
}

fn configuration(options: &Options) -> Outcome<ClientConfig> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(options.path("ca")?)? {
        roots.add(certificate?)?;
    }
    let mut provider = ring::default_provider();
    if options.is("chacha20") {
        // quinn itself needs AES-128-GCM for Initial packets, but takes it from another place when it is not offered.
        provider
            .cipher_suites
            .retain(|suite| suite.suite() == rustls::CipherSuite::TLS13_CHACHA20_POLY1305_SHA256);
    }
    let mut tls = rustls::ClientConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_root_certificates(roots)
        .with_no_client_auth();
    tls.alpn_protocols = vec![alpn(options)];
    tls.key_log = Arc::new(KeyLogFile::new());
    tls.enable_early_data = options.is("zerortt");
    let initial = rustls::crypto::ring::cipher_suite::TLS13_AES_128_GCM_SHA256
        .tls13()
        .and_then(|suite| suite.quic_suite())
        .ok_or("no cipher suite for Initial packets")?;
    Ok(ClientConfig::new(Arc::new(QuicClientConfig::with_initial(
        Arc::new(tls),
        initial,
    )?)))
}

/// Which files go over which connection.
fn connections(options: &Options) -> Vec<Vec<String>> {
    let files = &options.files;
    if options.is("multiconnect") {
        files.iter().map(|file| vec![file.clone()]).collect()
    } else if options.is("resumption") || options.is("zerortt") {
        vec![files[..1].to_vec(), files[1..].to_vec()]
    } else {
        vec![files.clone()]
    }
}

async fn fetch_all(
    options: &Arc<Options>,
    connection: &Connection,
    files: Vec<String>,
) -> Outcome<()> {
    let mut tasks = JoinSet::new();
    for file in files {
        tasks.spawn(fetch(options.clone(), connection.clone(), file));
    }
    while let Some(result) = tasks.join_next().await {
        result??;
    }
    Ok(())
}

async fn fetch(options: Arc<Options>, connection: Connection, name: String) -> Outcome<()> {
    let (mut sending, mut receiving) = connection.open_bi().await?;
    sending
        .write_all(format!("GET /{name}\r\n").as_bytes())
        .await?;
    sending.finish()?;
    let mut file = tokio::fs::File::create(options.path("downloads")?.join(name)).await?;
    let mut received = 0;
    while let Some(chunk) = receiving.read_chunk(64 * 1024, true).await? {
        file.write_all(&chunk.bytes).await?;
        let before = received;
        received += chunk.bytes.len();
        if options.is("keyupdate") && before < KEY_UPDATE_AFTER && received >= KEY_UPDATE_AFTER {
            connection.force_key_update();
        }
    }
    file.flush().await?;
    Ok(())
}
