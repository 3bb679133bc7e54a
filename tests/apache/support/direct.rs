//! A program run without Apache, for what no web server would ask of it.

use super::PATIENCE;
use super::http::{Answer, parse_answer};
use super::site::packaged_site;
use std::ffi::OsStr;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};

/// A program about to be run through CGI.
pub struct Direct {
    command: Command,
}

/// What a program that was run answered, and what it said on its standard error.
pub struct Said {
    pub answer: Answer,
    pub complaints: String,
}

impl Direct {
    /// The program `name`, allowed this much memory in all: its code, its stack, whatever it asks for.
    pub fn new(name: &str, threads: &Path, kilobytes: u32) -> Self {
        let mut command = Command::new("sh");
        command
            .args(["-c", "ulimit -v \"$1\"; exec \"$2\"", "sh", &kilobytes.to_string()])
            .arg(packaged_site().join(format!("cgi-bin/{name}.cgi")))
            .env_clear()
            .env("MOZCHAT_THREADS", threads);
        Self { command }
    }

    /// Sets a variable of the gateway interface.
    pub fn with(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Runs it on a body, and ends the body only when it has answered.
    pub fn answer(self, body: &[u8]) -> Said {
        self.run(body, false)
    }

    /// Runs it on a body that ends.
    pub fn answer_to_whole(self, body: &[u8]) -> Said {
        self.run(body, true)
    }

    fn run(mut self, body: &[u8], ends: bool) -> Said {
        let mut program = self
            .command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("a program that starts");
        let mut stdin = program.stdin.take().expect("stdin");
        let mut stdout = program.stdout.take().expect("stdout");
        let (mut out, mut complaints) = (Vec::new(), String::new());
        std::thread::scope(|scope| {
            let (done, is_done) = std::sync::mpsc::channel::<()>();
            scope.spawn(move || {
                // Who has answered need not read the rest.
                let _ = stdin.write_all(body);
                if !ends {
                    let _ = is_done.recv_timeout(PATIENCE);
                }
            });
            // A whole answer is enough: the program may wait for the rest of the body after it.
            let mut buffer = [0; 4096];
            while !is_whole(&out) {
                match stdout.read(&mut buffer).expect("an answer") {
                    0 => break,
                    got => out.extend_from_slice(&buffer[..got]),
                }
            }
            drop(done);
        });
        program.stderr.take().expect("stderr").read_to_string(&mut complaints).expect("complaints");
        let status = program.wait().expect("an end");
        assert!(status.success(), "{status}: {complaints}");
        let answer = parse_answer(&out).unwrap_or_else(|| panic!("no answer: {}", String::from_utf8_lossy(&out)));
        Said { answer: answer.checked(), complaints }
    }
}

/// Whether an answer has come as far as it says that it goes.
fn is_whole(bytes: &[u8]) -> bool {
    let Some(head) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { return false };
    let text = String::from_utf8_lossy(&bytes[..head]).to_ascii_lowercase();
    let length = text.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
    length.is_some_and(|length| bytes.len() >= head + 4 + length)
}
