//! The tests: every point at which a fault can strike a request.

use crate::programs::Said;
use crate::promises::Promises;
use crate::scenarios::{self, Scenario};
use crate::trace::{Call, calls};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Without `MOZCHAT_FAULTS=all`, one point in so many is tried.
const STRIDE: usize = 3;

/// What can be said by a disk. (EDQUOT: the user's share of it is full.)
const ERRORS: [&str; 4] = ["ENOSPC", "EDQUOT", "EIO", "EROFS"];

/// The calls that a disk can refuse.
const REFUSED: [&str; 15] = [
    "open",
    "openat",
    "write",
    "fsync",
    "fdatasync",
    "rename",
    "linkat",
    "mkdir",
    "unlink",
    "fchmod",
    "chmod",
    "utimensat",
    "ftruncate",
    "flock",
    "getdents64",
];

#[test]
fn a_program_that_is_killed_at_any_system_call_breaks_no_promise() {
    let kill = |call: &Call| vec![format!("inject={}:signal=KILL:when={}", call.name, call.nth)];
    let tried = try_points(&kill, &|said| said.answer.is_none());
    println!("{} points tried, {} of them before the answer", tried.points, tried.struck);
    assert!(tried.struck > tried.points / 2, "most were killed before they had answered");
}

#[test]
fn a_disk_that_refuses_any_one_thing_breaks_no_promise() {
    let refuse = |call: &Call| {
        let error = |error| format!("inject={}:error={error}:when={}", call.name, call.nth);
        if REFUSED.contains(&call.name.as_str()) && !is_answer(call) {
            ERRORS.into_iter().map(error).collect()
        } else {
            Vec::new()
        }
    };
    let tried = try_points(&refuse, &|said| !said.acknowledges());
    println!("{} points tried, {} of them told to the page", tried.points, tried.struck);
    assert!(tried.struck > tried.points / 4, "many were told to the page");
}

/// The standard streams are no files of the thread.
fn is_answer(call: &Call) -> bool {
    call.name == "write" && (call.rest.starts_with("1,") || call.rest.starts_with("2,"))
}

struct Tried {
    points: usize,
    /// How many had the effect that was looked for.
    struck: usize,
}

fn try_points(faults: &(dyn Fn(&Call) -> Vec<String> + Sync), effect: &(dyn Fn(&Said) -> bool + Sync)) -> Tried {
    let (wrong, struck, mut points) = (Mutex::new(Vec::new()), AtomicUsize::new(0), 0);
    for (index, scenario) in scenarios::all().iter().enumerate() {
        let injections: Vec<_> = calls(&scenario.request, &scenario.room.copy().threads(), &[])
            .0
            .iter()
            .flat_map(|call| faults(call).into_iter().map(|fault| (fault, format!("{}({}", call.name, call.rest))))
            .collect();
        let chosen: Vec<_> = injections.iter().skip(index % stride()).step_by(stride()).collect();
        let (promises, next) = (Promises::of(scenario), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
                scope.spawn(|| {
                    while let Some((fault, call)) = chosen.get(next.fetch_add(1, Relaxed)) {
                        match strike(scenario, &promises, fault) {
                            Ok(said) => drop(struck.fetch_add(usize::from(effect(&said)), Relaxed)),
                            Err(what) => {
                                let line = format!("{}: {fault} ({call}): {what}", scenario.name);
                                wrong.lock().expect("a list").push(line);
                            }
                        }
                    }
                });
            }
        });
        println!("{}: {} of {} points", scenario.name, chosen.len(), injections.len());
        points += chosen.len();
    }
    let mut wrong = wrong.into_inner().expect("a list");
    wrong.sort();
    assert!(wrong.is_empty(), "{} of {points} points:\n{}", wrong.len(), wrong.join("\n"));
    Tried { points, struck: struck.into_inner() }
}

fn strike(scenario: &Scenario, promises: &Promises<'_>, fault: &str) -> Result<Said, String> {
    let mut room = scenario.room.copy();
    let name = fault.trim_start_matches("inject=").split(':').next().expect("a name");
    let options = ["-qq", "-o", "/dev/null", "-e", &format!("trace={name}"), "-e", fault].map(str::to_owned);
    let said = scenario.request.run_with(&room.threads(), &options);
    promises.are_kept(&mut room, &said).map(|()| said)
}

fn stride() -> usize {
    if crate::tries_all() { 1 } else { STRIDE }
}
