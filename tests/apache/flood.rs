//! One who floods a thread, and the people in another one.

use crate::support::{Browser, Site, multipart_type};
use serde_json::json;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

const LOOKS: usize = 60;
const FLOODING: usize = 6;

/// How long a poll takes: the one in the middle, and the longest.
fn polls(bob: &Browser) -> (Duration, Duration) {
    let mut times: Vec<_> = (0..LOOKS)
        .map(|_| {
            let begun = Instant::now();
            let answer = bob.act("poll", "poll", json!({ "ack": "", "catCrc": "" }));
            assert_eq!(answer.status, 200, "{answer:?}");
            begun.elapsed()
        })
        .collect();
    times.sort();
    (times[LOOKS / 2], times[LOOKS - 1])
}

fn flood(eve: &Browser, is_over: &AtomicBool, sent: &AtomicUsize) {
    let long = "x".repeat(100_000);
    while !is_over.load(Relaxed) {
        eve.act("chat", "relay", json!({ "target": "*", "type": "message", "text": long }));
        eve.upload("flood", 40_000);
        eve.act("chat", "logError", json!({ "errorMsg": long }));
        eve.post("upload", &multipart_type(), vec![b'-'; 200_000]);
        eve.json("thread", &json!({ "realm": "flooded", "password": "guess" }));
        sent.fetch_add(5, Relaxed);
    }
}

#[test]
fn the_people_in_another_thread_hardly_notice() {
    let site = Site::start();
    site.thread("flooded", "[common]\nmediaFolder=media1\n[auth]\n");
    let room = site.thread("room", "[common]\nmediaFolder=media1\n");
    let bob = site.browser("Bob", "room");
    bob.upload("bob's", 1000);
    polls(&bob);
    let quiet = polls(&bob);
    let (is_over, sent) = (AtomicBool::new(false), AtomicUsize::new(0));
    let loud = std::thread::scope(|scope| {
        for _ in 0..FLOODING {
            scope.spawn(|| flood(&site.browser("Eve", "flooded"), &is_over, &sent));
        }
        while sent.load(Relaxed) < 5 * FLOODING {
            std::thread::yield_now();
        }
        let loud = polls(&bob);
        assert_eq!(bob.upload("still", 1000).alert(), "Server got a record of 1kB");
        is_over.store(true, Relaxed);
        loud
    });
    let ratio = loud.0.as_secs_f64() / quiet.0.as_secs_f64();
    println!(
        "another thread's poll: {:.1} ms, at most {:.1} ms; while one floods over {FLOODING} connections ({} requests): \
         {:.1} ms, at most {:.1} ms: {ratio:.1} times as long",
        quiet.0.as_secs_f64() * 1e3,
        quiet.1.as_secs_f64() * 1e3,
        sent.load(Relaxed),
        loud.0.as_secs_f64() * 1e3,
        loud.1.as_secs_f64() * 1e3
    );
    // The machine's processors are shared by all who ask at once; nobody waits for a lock of another thread's.
    assert!(ratio < 4.0 * FLOODING as f64, "{ratio}");
    assert_eq!((bob.sees().len(), room.leftovers().len()), (2, 0));
}
