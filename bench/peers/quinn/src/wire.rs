//! A stream begins with 8 bytes, big-endian: how many are wanted. All ones ask for an echo.

use quinn::{RecvStream, SendStream};

use crate::Outcome;

pub const ECHO: u64 = u64::MAX;

const CHUNK: usize = 64 * 1024;
static FILLER: [u8; CHUNK] = [0x6d; CHUNK];

/// Writes `bytes` of filler, and ends the stream.
pub async fn pour(sending: &mut SendStream, bytes: usize) -> Outcome<()> {
    let mut left = bytes;
    while left > 0 {
        let part = left.min(CHUNK);
        sending.write_all(&FILLER[..part]).await?;
        left -= part;
    }
    Ok(sending.finish()?)
}

/// Reads to the end without a copy; returns how much came.
pub async fn drain(receiving: &mut RecvStream) -> Outcome<usize> {
    let mut received = 0;
    while let Some(chunk) = receiving.read_chunk(usize::MAX, false).await? {
        received += chunk.bytes.len();
    }
    Ok(received)
}
