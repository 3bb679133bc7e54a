//! A running hub with one thread, `room`, and the CGI programs beside it.

use super::eventually;
use super::page::Page;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use tempfile::TempDir;

/// The hub, running. Dropping it kills it and removes its threads.
pub struct Daemon {
    pub folder: TempDir,
    process: Child,
    log: Receiver<String>,
    address: SocketAddr,
}

/// `ws.ini` for a hub on a port of its own.
pub fn ini(server: &str, realms: &str) -> String {
    format!(
        "[common]\nwsOn=1\n[server]\nlisten=127.0.0.1\nwsLocalPort=0\nmaxPerAddress=5000\nmaxNewPerMinute=100000\n\
         {server}\n{realms}\n"
    )
}

impl Daemon {
    pub fn start() -> Self {
        Self::with(&ini("", ""))
    }

    pub fn with(ini: &str) -> Self {
        let folder = folder_with(ini);
        let (process, log, address) = spawn(command(&folder));
        Self { folder, process, log, address }
    }

    /// On a host that gives it so many file descriptors.
    pub fn with_descriptors(most: u32) -> Self {
        let folder = folder_with(&ini("", ""));
        let plain = command(&folder);
        let mut limited = Command::new("sh");
        limited.arg("-c").arg(format!("ulimit -n {most}; exec \"$0\" \"$@\"")).arg(plain.get_program());
        limited.args(plain.get_args()).stdin(Stdio::null()).stderr(Stdio::piped());
        let (process, log, address) = spawn(limited);
        Self { folder, process, log, address }
    }

    /// Starts it again, after it has ended.
    pub fn restart(&mut self) {
        let _ = self.process.wait();
        (self.process, self.log, self.address) = spawn(command(&self.folder));
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn thread(&self) -> PathBuf {
        self.folder.path().join("room")
    }

    pub fn make_thread(&self, name: &str) {
        make_thread(&self.folder, name);
    }

    pub fn write_ini(&self, ini: &str) {
        fs::write(self.folder.path().join("ws.ini"), ini).expect("ws.ini");
    }

    /// A page that has said hello, and what it was answered.
    pub fn join(&self, user: &str) -> (Page, Value) {
        let mut page = Page::connect(self.address);
        let state = page.hello(user, "room", "");
        (page, state)
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_raw(self.process.id().cast_signed()).expect("a process"), signal).expect("it runs");
    }

    pub fn kill(&mut self) {
        self.process.kill().expect("it runs");
        self.process.wait().expect("it ends");
    }

    pub fn end(&mut self) -> ExitStatus {
        eventually("the end", || self.process.try_wait().expect("a child of ours"))
    }

    /// Waits for a line of the log.
    pub fn logged(&self, words: &str) -> String {
        let patience = super::PATIENCE;
        loop {
            let line = self.log.recv_timeout(patience).unwrap_or_else(|_| panic!("{words:?} was not logged"));
            if line.contains(words) {
                return line;
            }
        }
    }

    /// The lines of the log until one has these words.
    pub fn log_until(&self, words: &str) -> Vec<String> {
        let next = || self.log.recv_timeout(super::PATIENCE).unwrap_or_else(|_| panic!("{words:?} was not logged"));
        std::iter::repeat_with(next).take_while(|line| !line.contains(words)).collect()
    }

    pub fn process_id(&self) -> u32 {
        self.process.id()
    }

    /// Runs a program as Apache would, on a JSON body.
    pub fn cgi(&self, program: &str, body: &Value) -> Value {
        self.cgi_with(program, "application/json", body.to_string().as_bytes())
    }

    pub fn upload(&self, user: &str, bytes: usize) -> Value {
        let fields =
            [("user", user), ("realm", "room"), ("act", "uploadBlob"), ("mime", "audio/webm"), ("ext", "webm")];
        let mut body = Vec::new();
        for (name, value) in fields {
            write!(body, "--B\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").expect("memory");
        }
        body.extend(b"--B\r\nContent-Disposition: form-data; name=\"blob\"; filename=\"b\"\r\n\r\n");
        // As WebM begins.
        body.extend([0x1A, 0x45, 0xDF, 0xA3].into_iter().chain(std::iter::repeat(7)).take(bytes));
        body.extend(b"\r\n--B--\r\n");
        self.cgi_with("upload", "multipart/form-data; boundary=B", &body)
    }

    fn cgi_with(&self, program: &str, kind: &str, body: &[u8]) -> Value {
        let path = match program {
            "upload" => env!("CARGO_BIN_EXE_upload"),
            "chat" => env!("CARGO_BIN_EXE_chat"),
            "poll" => env!("CARGO_BIN_EXE_poll"),
            "users" => env!("CARGO_BIN_EXE_users"),
            "thread" => env!("CARGO_BIN_EXE_thread"),
            other => panic!("{other}"),
        };
        let mut child = Command::new(path)
            .env_clear()
            .envs([("REQUEST_METHOD", "POST"), ("CONTENT_TYPE", kind), ("REMOTE_ADDR", "127.0.0.1")])
            .env("CONTENT_LENGTH", body.len().to_string())
            .env("MOZCHAT_THREADS", self.folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        child.stdin.take().expect("stdin").write_all(body).expect("it reads");
        let out = String::from_utf8(child.wait_with_output().expect("an answer").stdout).expect("UTF-8");
        let (_, body) = out.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{out}"));
        serde_json::from_str(body).unwrap_or(Value::Null)
    }

    /// The messages that wait in the mailbox.
    pub fn mailbox(&self) -> Vec<Value> {
        let text = fs::read(self.thread().join("messages.json")).unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn folder_with(ini: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    make_thread(&folder, "room");
    fs::write(folder.path().join("ws.ini"), ini).expect("ws.ini");
    folder
}

fn make_thread(folder: &TempDir, name: &str) {
    let thread = folder.path().join(name);
    fs::create_dir(&thread).expect("a thread");
    let ini = "[common]\nmediaFolder=\"media_t\"\nmaxBlobBytes=\"1000000\"\nmaxMediaFolderBytes=\"10000000\"\n";
    fs::write(thread.join(".ini"), ini).expect(".ini");
}

/// The command that starts a hub for these threads.
pub fn command(folder: &TempDir) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hub"));
    command.arg("--threads").arg(folder.path()).stdin(Stdio::null()).stderr(Stdio::piped());
    command
}

fn spawn(mut command: Command) -> (Child, Receiver<String>, SocketAddr) {
    let mut process = command.spawn().expect("the hub starts");
    let mut lines = BufReader::new(process.stderr.take().expect("a pipe")).lines().map_while(Result::ok);
    let mut said = String::new();
    let first = lines.find(|line| {
        said += line;
        line.contains("listening on")
    });
    let first = first.unwrap_or_else(|| panic!("the hub did not start: {said}"));
    let address = first.split("://").nth(1).and_then(|rest| rest.split(' ').next());
    let port = address.and_then(|address| address.rsplit(':').next()?.parse().ok());
    let (tell, told) = channel();
    std::thread::spawn(move || lines.try_for_each(|line| tell.send(line)));
    (process, told, SocketAddr::from((Ipv4Addr::LOCALHOST, port.expect("a port"))))
}
