//! How many pages a hub holds, what each costs, and how fast a message reaches a thousand of them.
//!
//! `cargo build --release --features server --bin hub --example hub-bench`, then `target/release/examples/hub-bench`
//! measures our hub, and `hub-bench node bench/hub/ws.mjs` another server: one that sends whatever it gets to
//! everybody, and prints its port on its first line. The client is the same.

mod line;
mod server;

use line::Line;
use server::Server;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;

const IDLE: usize = 10_000;
const IDLE_THREADS: usize = 20;
const LISTENERS: usize = 1000;
const MESSAGES: usize = 200;
const BURST: usize = 100;
/// So that none of them is too fast for a person.
const SENDERS: usize = 20;
/// Connections that are being opened at the same time.
const AT_ONCE: usize = 500;

#[tokio::main]
async fn main() -> io::Result<()> {
    let other: Vec<_> = std::env::args().skip(1).collect();
    let name = if other.is_empty() { "mozchat hub".to_owned() } else { other.join(" ") };
    println!("{name}");
    let server = Arc::new(Server::start(&other, IDLE_THREADS)?);
    let empty = server.resident();
    let begun = Instant::now();
    let idle = open_many(&server, IDLE, |n| (format!("idle{}", n % IDLE_THREADS), format!("u{n}"))).await?;
    println!("{:>9.0} joins a second", IDLE as f64 / begun.elapsed().as_secs_f64());
    let readers = keep_reading(idle);
    tokio::time::sleep(Duration::from_secs(3)).await;
    println!("{:>9} bytes for each of {IDLE} idle connections", (server.resident() - empty) / IDLE as u64);
    readers.abort();
    tokio::time::sleep(Duration::from_secs(2)).await;
    broadcast(&server).await?;
    println!("{:>9.1} MB resident at the end", server.resident() as f64 / 1e6);
    Ok(())
}

/// Opens connections and, at a hub, says hello on each.
async fn open_many(
    server: &Arc<Server>,
    count: usize,
    who: impl Fn(usize) -> (String, String),
) -> io::Result<Vec<Line>> {
    let (free, mut tasks) = (Arc::new(Semaphore::new(AT_ONCE)), JoinSet::new());
    for n in 0..count {
        let (place, server, (thread, user)) = (free.clone().acquire_owned().await, server.clone(), who(n));
        tasks.spawn(async move {
            let _place = place;
            let mut line = Line::open(server.address).await?;
            if server.is_hub {
                let hello = format!(r#"{{"act":"userHello","user":"{user}","realm":"{thread}","ack":"","catCrc":""}}"#);
                line.send(&hello).await?;
                line.next(|_| ()).await?;
            }
            Ok(line)
        });
    }
    tasks.join_all().await.into_iter().collect()
}

fn keep_reading(lines: Vec<Line>) -> tokio::task::AbortHandle {
    let read = |mut line: Line| async move { while line.next(|_| ()).await.is_ok() {} };
    let mut tasks = JoinSet::new();
    lines.into_iter().for_each(|line| drop(tasks.spawn(read(line))));
    tokio::spawn(async move { tasks.join_all().await }).abort_handle()
}

async fn broadcast(server: &Arc<Server>) -> io::Result<()> {
    let listeners = open_many(server, LISTENERS, |n| ("crowd".into(), format!("u{n}"))).await?;
    let senders = open_many(server, SENDERS, |n| ("crowd".into(), format!("s{n}"))).await?;
    let senders: Vec<_> = senders.into_iter().map(speak).collect();
    let (heard, mut complete) = Heard::new(LISTENERS);
    for line in listeners {
        tokio::spawn(listen(line, heard.clone(), server.is_hub));
    }
    // Let the lists of users come to rest.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let mut times = Vec::new();
    for n in 0..MESSAGES {
        let begun = Instant::now();
        senders[n % SENDERS].send(message(n)).map_err(io::Error::other)?;
        times.push(heard.next(&mut complete).await? - begun);
    }
    times.sort();
    let millis = |part: usize| times[MESSAGES * part / 100].as_secs_f64() * 1e3;
    println!("{:>9.1} ms until the last of {LISTENERS} has a message (p50), {:.1} ms (p99)", millis(50), millis(99));
    let begun = Instant::now();
    for n in 0..BURST {
        senders[n % SENDERS].send(message(MESSAGES + n)).map_err(io::Error::other)?;
    }
    for _ in 0..BURST {
        heard.next(&mut complete).await?;
    }
    println!(
        "{:>9.0} messages delivered a second, {BURST} at once",
        (BURST * LISTENERS) as f64 / begun.elapsed().as_secs_f64()
    );
    Ok(())
}

/// Sends what comes, and reads what the others send: a server may drop who doesn't read.
fn speak(mut line: Line) -> mpsc::UnboundedSender<String> {
    let (say, mut said) = mpsc::unbounded_channel::<String>();
    tokio::spawn(async move {
        loop {
            let result = tokio::select! {
                text = said.recv() => match text {
                    Some(text) => line.send(&text).await,
                    None => return,
                },
                heard = line.next(|_| ()) => heard,
            };
            if result.is_err() {
                return;
            }
        }
    });
    say
}

fn message(n: usize) -> String {
    format!(r#"{{"act":"relay","target":"*","type":"message","text":"{}","n":{n}}}"#, "x".repeat(100))
}

/// Who has heard which message.
struct Heard {
    counts: Vec<AtomicUsize>,
    of: usize,
    complete: mpsc::UnboundedSender<Instant>,
}

impl Heard {
    fn new(of: usize) -> (Arc<Self>, mpsc::UnboundedReceiver<Instant>) {
        let (complete, completed) = mpsc::unbounded_channel();
        let counts = (0..MESSAGES + BURST).map(|_| AtomicUsize::new(0)).collect();
        (Arc::new(Self { counts, of, complete }), completed)
    }

    /// When the next message has been heard by all.
    async fn next(&self, complete: &mut mpsc::UnboundedReceiver<Instant>) -> io::Result<Instant> {
        match tokio::time::timeout(Duration::from_secs(10), complete.recv()).await {
            Ok(Some(at)) => Ok(at),
            _ => Err(io::Error::other(format!("a message did not reach all: {:?}", self.counts))),
        }
    }

    fn note(&self, n: usize) {
        if self.counts[n].fetch_add(1, Ordering::Relaxed) + 1 == self.of {
            let _ = self.complete.send(Instant::now());
        }
    }
}

/// Hears messages and, at a hub, says that it has them, as a page does: what came within a second at once.
async fn listen(mut line: Line, heard: Arc<Heard>, acks: bool) {
    let (mut had, mut said_at) = (Vec::new(), Instant::now());
    while let Ok((numbers, ids)) = line.next(|text| (all_after(text, br#""n":"#), all_after(text, br#""id":""#))).await
    {
        for n in numbers.iter().filter_map(|n| n.parse().ok()) {
            heard.note(n);
        }
        had.extend(ids);
        if acks && !had.is_empty() && said_at.elapsed() > Duration::from_secs(1) {
            let _ = line.send(&format!(r#"{{"act":"ack","ids":"{}"}}"#, had.join(","))).await;
            (had, said_at) = (Vec::new(), Instant::now());
        }
    }
}

/// What stands behind each of these words, up to what is no letter or digit.
fn all_after(text: &[u8], words: &[u8]) -> Vec<String> {
    let starts =
        text.windows(words.len()).enumerate().filter(|(_, found)| *found == words).map(|(at, _)| at + words.len());
    let word =
        |at: usize| text[at..].iter().take_while(|c| c.is_ascii_alphanumeric()).map(|c| char::from(*c)).collect();
    starts.map(word).collect()
}
