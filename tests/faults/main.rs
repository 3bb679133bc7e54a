//! What a fault costs, wherever it strikes: the packaged programs (`dist/site`), run as the web server runs them, are
//! killed at every system call, or told by it that the disk is full or broken ([`points`]); or
//! the machine crashes, and the disk has of what wasn't synced whatever it likes ([`crash`]). Then the next requests must find a
//! thread that keeps its promises ([`promises`]).
//!
//! `MOZCHAT_FAULTS=all` tries every point; without it, some of them are, others with each scenario.

#[path = "../apache/support/browser.rs"]
#[allow(dead_code, reason = "shared with the tests under Apache")]
mod browser;
mod clock;
mod crash;
mod disk;
mod folder;
mod foreign;
#[path = "../apache/support/http.rs"]
#[allow(dead_code, reason = "shared with the tests under Apache")]
mod http;
mod model;
#[path = "../apache/support/patience.rs"]
mod patience;
mod points;
mod programs;
mod promises;
mod room;
mod scenarios;
mod trace;

// For the shared modules, which wait for servers.
use patience::PATIENCE;

/// Whether every point is to be tried.
fn tries_all() -> bool {
    std::env::var("MOZCHAT_FAULTS").is_ok_and(|which| which == "all")
}
