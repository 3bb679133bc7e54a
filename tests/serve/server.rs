//! A running `serve` with one thread, `room`.

use super::browser::{Browser, blob, multipart, multipart_type};
use super::eventually;
use super::http::Request;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use tempfile::TempDir;

const INI: &str = r#"[common]
mediaFolder="media_t"
maxBlobBytes="10000000"
maxMediaFolderBytes="100000000"
longPollPeriodS="60"
"#;

/// The program, running. Dropping it kills it and removes its threads.
pub struct Server {
    threads: TempDir,
    process: Child,
    log: Receiver<String>,
    address: SocketAddr,
}

impl Server {
    /// Starts it on a port of its own, with the real page.
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// The same with more options.
    pub fn start_with(more: &[&str]) -> Self {
        let threads = tempfile::tempdir().expect("a temporary folder");
        let room = threads.path().join("room");
        fs::create_dir(&room).expect("a thread");
        fs::write(room.join(".ini"), INI).expect(".ini");
        fs::write(room.join("notify.ini"), "").expect("notify.ini");
        fs::copy(ours("threads/mediaForum/index.html"), room.join("index.html")).expect("index.html");
        let options = ["--port", "0", "--threads", threads.path().to_str().expect("a path in UTF-8")];
        let mut command = command(&[&options, more].concat());
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("serve starts");
        let log = BufReader::new(process.stderr.take().expect("a pipe")).lines().map_while(Result::ok);
        let (tell, told) = channel();
        std::thread::spawn(move || log.for_each(|line| drop(tell.send(line))));
        let mut said = String::new();
        BufReader::new(process.stdout.take().expect("a pipe")).read_line(&mut said).expect("a line");
        Self { threads, process, log: told, address: SocketAddr::from((Ipv4Addr::LOCALHOST, port_in(&said))) }
    }

    /// Starts it where it can't start; returns what it said.
    pub fn try_start(options: &[&str]) -> (ExitStatus, String) {
        let output = command(options).output().expect("serve starts");
        (output.status, String::from_utf8_lossy(&output.stderr).into_owned())
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The folder of the thread.
    pub fn thread(&self) -> PathBuf {
        self.threads.path().join("room")
    }

    /// The folder of its clips.
    pub fn media(&self) -> PathBuf {
        self.thread().join("media_t")
    }

    /// The address of a clip.
    pub fn address_of(&self, clip: &str) -> String {
        format!("threads/room/media_t/{clip}")
    }

    /// The browser of a user.
    pub fn browser(&self, user: &str, thread: &str) -> Browser {
        Browser::new(self.address, user, thread)
    }

    /// Uploads a clip; returns its address.
    pub fn upload(&self, by: &Browser, clip: &[u8], ext: &str, mime: &str) -> String {
        let answer = by.upload_with(&[("uploadId", "0123456789"), ("ext", ext), ("mime", mime)], clip).json();
        self.address_of(answer["id"].as_str().unwrap_or_else(|| panic!("{answer}")))
    }

    /// The bytes of Ann's request to upload a clip of so many bytes.
    pub fn an_upload(&self, bytes: usize) -> Vec<u8> {
        let body = multipart(&self.browser("Ann", "room").upload_fields(&[]), Some(&blob("webm", bytes)));
        Request::new("POST", "cgi-bin/upload.cgi").body(&multipart_type(), body).bytes()
    }

    /// How much of a clip that is on its way has been written; `None` if there is none.
    pub fn unfinished(&self) -> Option<u64> {
        let files = |folder: &Path| {
            let entries = fs::read_dir(folder).expect("a folder").flatten();
            entries.map(|entry| entry.path()).collect::<Vec<_>>()
        };
        let is_clip = |path: &Path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with(".upload-") || name.starts_with('#')
        };
        let thread = self.thread().canonicalize().expect("the thread");
        // It may have no name; the server's descriptor leads to it.
        let is_written = |open: &PathBuf| {
            fs::read_link(open).is_ok_and(|path| path.parent() == Some(thread.as_path()) && is_clip(&path))
        };
        let open = files(Path::new(&format!("/proc/{}/fd", self.process.id()))).into_iter().find(is_written);
        let named = || files(&thread).into_iter().find(|path| is_clip(path));
        fs::metadata(open.or_else(named)?).ok().map(|metadata| metadata.len())
    }

    /// Begins a `longPoll` of Ann and waits until the server has it.
    pub fn long_poll(&self, browser: &Browser) -> TcpStream {
        let has = browser.poll();
        let ask = json!({
            "user": "Ann", "realm": "room", "act": "longPoll",
            "catCrc": has["catCrc"], "usersSeen": has["users"].to_string(), "ack": "",
        });
        fs::remove_file(self.thread().join("users.json")).expect("users.json");
        let line =
            Request::new("POST", "cgi-bin/poll.cgi").body("application/json", ask.to_string()).begin(self.address);
        eventually("the long poll", || self.thread().join("users.json").exists().then_some(()));
        line
    }

    /// Tells it to end.
    pub fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    pub fn signal(&self, signal: Signal) {
        let process = Pid::from_raw(self.process.id().cast_signed()).expect("a process");
        kill_process(process, signal).expect("it runs");
    }

    /// Waits for a line of the log.
    pub fn logged(&self, words: &str) {
        while !self.log.recv_timeout(super::PATIENCE).unwrap_or_else(|_| panic!("not logged: {words}")).contains(words)
        {
        }
    }

    /// How it ended; `None` if it has not.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.process.try_wait().expect("a child of ours")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn command(options: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_serve"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(options).stdin(Stdio::null());
    command
}

fn ours(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The port in "mozchat is at http://localhost:PORT/ (Ctrl-C ends it)".
fn port_in(said: &str) -> u16 {
    let port = said.split("localhost:").nth(1).and_then(|rest| rest.split('/').next());
    port.and_then(|port| port.parse().ok()).unwrap_or_else(|| panic!("no address in {said:?}"))
}
