//! How many pages a hub holds, what each costs, and how fast a message reaches a thousand of them.
//!
//! `hub-bench NAME` measures one server once, with the same client, and prints the figures as JSON: our `hub`, or the
//! `bare` one on the same libraries, or the one on npm's `ws`. `scripts/bench hub` does it in turn.

mod bare;
mod line;
mod server;

use line::Line;
use memchr::memmem;
use serde_json::json;
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
/// From one message to the next, unless that takes longer: so that what is done in between, by whichever server, counts.
const PAUSE: Duration = Duration::from_millis(20);
const BURST: usize = 100;
/// So that none of them is too fast for a person.
const SENDERS: usize = 20;
/// Connections that are being opened at the same time.
const AT_ONCE: usize = 500;

#[tokio::main]
async fn main() -> io::Result<()> {
    let name = std::env::args().nth(1).unwrap_or_else(|| "hub".into());
    if name == "serve-bare" {
        return bare::serve().await;
    }
    let server = Arc::new(Server::start(&name, IDLE_THREADS)?);
    let empty = server.resident();
    let begun = Instant::now();
    let idle = open_many(&server, IDLE, |n| (format!("idle{}", n % IDLE_THREADS), format!("u{n}"))).await?;
    let joins = IDLE as f64 / begun.elapsed().as_secs_f64();
    let readers = keep_reading(idle);
    // Until lists of users and the like have come to rest.
    let full = settled(|| server.resident()).await;
    readers.abort();
    settled(|| server.resident()).await;
    let (middle, late, rate) = broadcast(&server).await?;
    let bytes = full.saturating_sub(empty) / IDLE as u64;
    println!("{}", json!({ "joins": joins, "bytes": bytes, "p50": middle, "p99": late, "frames": rate }));
    Ok(())
}

/// A figure, once it has been the same for two seconds.
async fn settled(look: impl Fn() -> u64) -> u64 {
    let (mut last, mut same) = (look(), 0);
    while same < 8 {
        tokio::time::sleep(Duration::from_millis(250)).await;
        let now = look();
        same = if now.abs_diff(last) <= last / 1000 { same + 1 } else { 0 };
        last = now;
    }
    last
}

/// Opens connections, says hello on each and waits for the answer.
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
            let mut line = Line::open(server.address(n)).await?;
            let hello = format!(r#"{{"act":"userHello","user":"{user}","realm":"{thread}","ack":"","catCrc":""}}"#);
            line.send(&hello).await?;
            line.next(|_| ()).await?;
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

/// Milliseconds until the last has a message, in the middle and for the slowest of a hundred; frames a second.
async fn broadcast(server: &Arc<Server>) -> io::Result<(f64, f64, f64)> {
    let listeners = open_many(server, LISTENERS, |n| ("crowd".into(), format!("u{n}"))).await?;
    let senders = open_many(server, SENDERS, |n| ("crowd".into(), format!("s{n}"))).await?;
    let senders: Vec<_> = senders.into_iter().map(speak).collect();
    let (heard, mut complete) = Heard::new(LISTENERS);
    for (line, n) in listeners.into_iter().zip(0..) {
        let ack_after = server.is_hub.then(|| Duration::from_millis(500 + n % 500));
        tokio::spawn(listen(line, heard.clone(), ack_after));
    }
    // Until those who came first know of those who came last: a hub may hold lists of users back for five seconds.
    tokio::time::sleep(Duration::from_secs(6)).await;
    let mut times = Vec::new();
    for n in 0..MESSAGES {
        let begun = Instant::now();
        senders[n % SENDERS].send(message(n)).map_err(io::Error::other)?;
        times.push(heard.next(&mut complete).await? - begun);
        tokio::time::sleep_until((begun + PAUSE).into()).await;
    }
    times.sort();
    let millis = |part: usize| times[MESSAGES * part / 100].as_secs_f64() * 1e3;
    let begun = Instant::now();
    for n in 0..BURST {
        senders[n % SENDERS].send(message(MESSAGES + n)).map_err(io::Error::other)?;
    }
    for _ in 0..BURST {
        heard.next(&mut complete).await?;
    }
    let rate = (BURST * LISTENERS) as f64 / begun.elapsed().as_secs_f64();
    Ok((millis(50), millis(99), rate))
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

/// Hears messages and, at a hub, says that it has them, as a page does: half a second to a second after the first of them,
/// each page after a time of its own.
async fn listen(mut line: Line, heard: Arc<Heard>, ack_after: Option<Duration>) {
    let (mut had, mut ack_at) = (Vec::new(), None);
    loop {
        let alarm = tokio::time::sleep_until(ack_at.unwrap_or_else(Instant::now).into());
        tokio::select! {
            result = line.next(|text| (all_after(text, br#""n":"#), all_after(text, br#""id":""#))) => {
                let Ok((numbers, ids)) = result else { return };
                for n in numbers.iter().filter_map(|n| n.parse().ok()) {
                    heard.note(n);
                }
                had.extend(ids);
                if !had.is_empty() {
                    ack_at = ack_at.or(ack_after.map(|wait| Instant::now() + wait));
                }
            }
            () = alarm, if ack_at.is_some() => {
                let _ = line.send(&format!(r#"{{"act":"ack","ids":"{}"}}"#, had.join(","))).await;
                (had, ack_at) = (Vec::new(), None);
            }
        }
    }
}

/// What stands behind each of these words, up to what is no letter or digit.
fn all_after(text: &[u8], words: &[u8]) -> Vec<String> {
    let starts = memmem::find_iter(text, words).map(|at| at + words.len());
    let word =
        |at: usize| text[at..].iter().take_while(|c| c.is_ascii_alphanumeric()).map(|c| char::from(*c)).collect();
    starts.map(word).collect()
}
