//! Sends by schedule, whatever has come back, and counts from the scheduled moment. It spins between messages, as the clients on Node do.

use std::time::{Duration, Instant};

use quinn::{RecvStream, SendStream};

use crate::Outcome;
use crate::client::{Client, Prompter};
use crate::wire::ECHO;

/// Before those that count so many times as many come back one after another, as with the clients on Node.
const WARM_UP: usize = 6;

pub async fn run(client: Client, mut prompter: Prompter) -> Outcome<()> {
    let options = &client.options;
    let (count, size, rate) = (options.number("count")?, options.number("size")?, options.number("rate")?);
    let interval = Duration::from_secs(1) / rate as u32;
    let connection = client.dial().await?;
    let (mut sending, mut receiving) = connection.open_bi().await?;
    sending.write_all(&ECHO.to_be_bytes()).await?;
    one_by_one(&mut sending, &mut receiving, count * WARM_UP, size).await?;
    println!("ready");
    prompter.told().await;
    let start = Instant::now() + interval;
    let due = move |index: usize| start + interval * index as u32;
    let sender = tokio::spawn(send(sending, count, size, due));
    let (mut micros, mut returned) = (Vec::with_capacity(count), 0);
    while micros.len() < count {
        let chunk = receiving.read_chunk(usize::MAX, true).await?.ok_or("the echo ended")?;
        let now = Instant::now();
        returned += chunk.bytes.len();
        while micros.len() < count && micros.len() < returned / size {
            micros.push(now.duration_since(due(micros.len())).as_secs_f64() * 1e6);
        }
    }
    sender.await??;
    print_percentiles(&mut micros);
    Ok(())
}

async fn one_by_one(sending: &mut SendStream, receiving: &mut RecvStream, count: usize, size: usize) -> Outcome<()> {
    let mut message = vec![0x6d; size];
    for _ in 0..count {
        sending.write_all(&message).await?;
        receiving.read_exact(&mut message).await?;
    }
    Ok(())
}

async fn send(mut sending: SendStream, count: usize, size: usize, due: impl Fn(usize) -> Instant) -> Outcome<SendStream> {
    let message = vec![0x6d; size];
    for index in 0..count {
        while Instant::now() < due(index) {
            tokio::task::yield_now().await;
        }
        sending.write_all(&message).await?;
    }
    Ok(sending)
}

fn print_percentiles(micros: &mut [f64]) {
    micros.sort_by(f64::total_cmp);
    let at = |share: f64| micros[((micros.len() as f64 * share) as usize).min(micros.len() - 1)];
    println!(
        "result {{\"p50\":{},\"p90\":{},\"p99\":{},\"p999\":{}}}",
        at(0.5),
        at(0.9),
        at(0.99),
        at(0.999)
    );
}
