//! The machine crashes: after every step of a request, with whatever the disk may have of it.

use crate::disk::{Disk, Folder, Remains};
use crate::programs::{Request, is_done};
use crate::promises::Promises;
use crate::room::Room;
use crate::scenarios::{self, Scenario};
use crate::trace::{Call, calls};
use serde_json::json;
use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Without `MOZCHAT_FAULTS=all`, one crash in so many is tried.
const STRIDE: usize = 4;

/// What the disk may hold, and whether the page had been told by then that it is done.
type Crashed = (Remains, bool);

#[test]
fn a_crash_of_the_machine_at_any_step_breaks_no_promise() {
    let (wrong, mut tried, mut possible) = (Mutex::new(Vec::new()), 0, 0);
    for (index, scenario) in scenarios::all().iter().enumerate() {
        let promises = Promises::of(scenario);
        let crashes = crashes_of(scenario);
        let stride = if crate::tries_all() { 1 } else { STRIDE };
        let chosen: Vec<_> = crashes.iter().skip(index % stride).step_by(stride).collect();
        in_parallel(&chosen, |(remains, is_acknowledged)| {
            let mut room = scenario.room.emptied();
            remains.put_into(&room.file(""));
            // That a message was read is promised to nobody: it comes at least once.
            let is_promised = *is_acknowledged && !scenario.is_forgettable;
            if let Err(what) = promises.look(&mut room, is_promised) {
                let told = if *is_acknowledged { "told" } else { "not told" };
                wrong.lock().expect("a list").push(format!("{} ({told}): {what}\n    {remains}", scenario.name));
            }
        });
        println!("{}: {} of {} crashes", scenario.name, chosen.len(), crashes.len());
        tried += chosen.len();
        possible += crashes.len();
    }
    println!("{tried} crashes of {possible} tried");
    let wrong = wrong.into_inner().expect("a list");
    let some = wrong.iter().take(20).map(String::as_str).collect::<Vec<_>>().join("\n");
    assert!(wrong.is_empty(), "{} of {tried} crashes, as:\n{some}", wrong.len());
}

#[test]
fn a_name_that_was_taken_is_still_its_holders_after_a_crash() {
    let mut room = Room::new("");
    let mut machine = Machine::of(&room);
    for _ in 0..2 {
        let request = room.request("Ann", "users", "online", &json!({}));
        let answer = machine.run(&request, &room.threads(), |_| {});
        room.keep_cookies("Ann", &answer);
    }
    // What the second answer has promised.
    let crashes = machine.disk.after_a_crash();
    for remains in &crashes {
        let after = room.emptied();
        remains.put_into(&after.file(""));
        let ann = after.request("Ann", "users", "online", &json!({}));
        let stranger = Request { cookies: String::new(), ..ann.clone() };
        assert!(is_done(&ann.run(&after.threads())), "Ann is kept out: {remains}");
        let answer = stranger.run(&after.threads());
        assert_eq!(answer.header("Mozchat-Error"), Some("name-taken"), "a stranger may be Ann: {remains}");
    }
    println!("{} crashes tried", crashes.len());
}

/// Every crash that may strike a scenario.
fn crashes_of(scenario: &Scenario) -> BTreeSet<Crashed> {
    let room = scenario.room.copy();
    let mut machine = Machine::of(&room);
    let mut crashes = BTreeSet::new();
    machine.run(&scenario.request, &room.threads(), |machine| {
        crashes.extend(machine.disk.after_a_crash().into_iter().map(|remains| (remains, machine.has_answered)));
    });
    crashes
}

/// Follows what programs do to a disk.
struct Machine {
    disk: Disk,
    has_answered: bool,
}

/// What a program has open.
#[derive(Clone, Copy)]
enum Open {
    File(usize),
    Folder(Folder),
}

impl Machine {
    fn of(room: &Room) -> Self {
        Self { disk: Disk::of(&room.file("")), has_answered: false }
    }

    /// Runs a request for real and repeats on the model what it did; `look` is called after every step.
    fn run(&mut self, request: &Request, threads: &Path, mut look: impl FnMut(&Self)) -> crate::http::Answer {
        let traced = "trace=open,openat,write,fsync,fdatasync,rename,unlink,mkdir,utimensat,close,ftruncate,link,linkat,renameat2";
        let (calls, said) = calls(request, threads, &["-xx", "-s", "10000000", "-e", traced]);
        let mut open = HashMap::new();
        for call in calls.iter().filter(|call| !call.rest.contains(") = -1 ")) {
            self.follow(call, &threads.join("room"), &mut open);
            look(self);
        }
        said.answer.expect("an answer")
    }

    fn follow(&mut self, call: &Call, room: &Path, open: &mut HashMap<String, Open>) {
        let strings: Vec<_> = call.rest.split('"').skip(1).step_by(2).map(unhex).collect();
        let place = |index: usize| place(room, &strings[index]);
        let descriptor = call.rest.split([',', ')']).next().unwrap_or_default();
        match (call.name.as_str(), open.get(descriptor).copied()) {
            ("open" | "openat", _) => {
                let result = call.rest.rsplit_once(" = ").expect("a result").1.trim();
                let target = self.opened(&strings[0], room, call);
                target.map(|target| open.insert(result.into(), target));
            }
            ("close", _) => drop(open.remove(descriptor)),
            ("write", _) if descriptor == "1" => self.has_answered = true,
            ("write", Some(Open::File(node))) => self.disk.write(node, &strings[0]),
            ("fsync" | "fdatasync", Some(Open::File(node))) => self.disk.sync(node),
            ("fsync" | "fdatasync", Some(Open::Folder(folder))) => self.disk.sync_folder(folder),
            ("rename", _) => self.disk.rename(place(0).expect("a name"), place(1).expect("a name")),
            ("unlink", _) => self.disk.remove(place(0).expect("a name")),
            ("linkat", _) => {
                let source = String::from_utf8_lossy(&strings[0]).into_owned();
                let descriptor = source.strip_prefix("/proc/self/fd/").expect("a file that is open");
                let Some(Open::File(node)) = open.get(descriptor) else { panic!("{descriptor} is no file") };
                self.disk.link(*node, place(1).expect("a name"));
            }
            ("mkdir", _) => self.disk.make_media(),
            ("utimensat", Some(Open::File(node))) => self.disk.stamp(node, call.rest.contains("tv_sec=1,")),
            ("write" | "fsync" | "fdatasync" | "utimensat", _) => {}
            (other, _) => panic!("the model knows no {other}"),
        }
    }

    fn opened(&mut self, path: &[u8], room: &Path, call: &Call) -> Option<Open> {
        let path_text = String::from_utf8_lossy(path);
        if call.rest.contains("O_TMPFILE") {
            return Some(Open::File(self.disk.make_unnamed()));
        }
        if Path::new(path_text.as_ref()) == room {
            return Some(Open::Folder(Folder::Thread));
        } else if Path::new(path_text.as_ref()) == room.join("media1") {
            return Some(Open::Folder(Folder::Media));
        }
        let name = place(room, path)?;
        let found = self.disk.find(&name);
        let node = found.unwrap_or_else(|| self.disk.make(name));
        if call.rest.contains("O_TRUNC") {
            self.disk.truncate(node);
        }
        Some(Open::File(node))
    }
}

/// Where in the thread a path is; `None` if it is elsewhere.
fn place(room: &Path, path: &[u8]) -> Option<(Folder, String)> {
    let path = String::from_utf8_lossy(path).into_owned();
    let inside = Path::new(&path).strip_prefix(room).ok()?.to_str()?.to_owned();
    Some(match inside.strip_prefix("media1/") {
        Some(name) => (Folder::Media, name.into()),
        None => (Folder::Thread, inside),
    })
}

/// The bytes of a string as strace writes it with `-xx`.
fn unhex(text: &str) -> Vec<u8> {
    let digits = text.split("\\x").skip(1);
    digits.map(|two| u8::from_str_radix(two, 16).expect("two hexadecimal digits")).collect()
}

fn in_parallel<T: Sync>(items: &[T], work: impl Fn(&T) + Sync) {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some(item) = items.get(next.fetch_add(1, Relaxed)) {
                    work(item);
                }
            });
        }
    });
}
