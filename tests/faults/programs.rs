//! One program, one request: through CGI, with or without a fault.

use crate::browser::multipart_type;
use crate::http::{Answer, parse_answer};
use crate::patience::eventually;
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A request as a page makes it.
#[derive(Clone)]
pub struct Request {
    /// The program's name, without `.cgi`.
    pub program: &'static str,
    /// The cookies of who asks, as in the header.
    pub cookies: String,
    /// Its media type and its bytes.
    pub body: (String, Vec<u8>),
}

impl Request {
    pub fn json(program: &'static str, body: &serde_json::Value) -> Self {
        Self { program, cookies: String::new(), body: ("application/json".into(), body.to_string().into_bytes()) }
    }

    pub fn form(program: &'static str, body: Vec<u8>) -> Self {
        Self { program, cookies: String::new(), body: (multipart_type(), body) }
    }

    /// Runs it to its end on the threads in a folder.
    pub fn run(&self, threads: &Path) -> Answer {
        let said = self.run_with(threads, &[]);
        said.answer.unwrap_or_else(|| panic!("{} did not answer: {}", self.program, said.complaints))
    }

    /// Runs it as a page does that is told that others are on their way: again, until it gets another answer.
    pub fn run_until_taken(&self, threads: &Path) -> Answer {
        eventually("an answer that is not busy", || {
            Some(self.run(threads)).filter(|answer| answer.header("Mozchat-Error") != Some("busy"))
        })
    }

    /// Runs it under strace with these options; it may be killed on the way.
    pub fn run_with(&self, threads: &Path, strace: &[String]) -> Said {
        let command = if strace.is_empty() {
            Command::new(program(self.program))
        } else {
            let mut command = Command::new("strace");
            command.args(strace).arg(program(self.program));
            command
        };
        self.run_as(command, threads, &[])
    }

    /// Runs it as this command, with more variables than the web server sets.
    pub fn run_as(&self, mut command: Command, threads: &Path, more: &[(&str, &str)]) -> Said {
        let mut body = tempfile::tempfile_in(threads.parent().expect("a parent")).expect("a file");
        body.write_all(&self.body.1).and_then(|()| body.rewind()).expect("a file that is written");
        command
            .env_clear()
            .env("MOZCHAT_THREADS", threads)
            .env("REQUEST_METHOD", "POST")
            .env("CONTENT_TYPE", &self.body.0)
            .env("CONTENT_LENGTH", self.body.1.len().to_string())
            .env("REMOTE_ADDR", "192.0.2.1")
            .env("HTTP_COOKIE", &self.cookies)
            .envs(more.iter().copied())
            .stdin(Stdio::from(body))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("a program that starts (strace comes from Debian)");
        let (mut out, mut complaints) = (Vec::new(), Vec::new());
        child.stdout.take().expect("stdout").read_to_end(&mut out).expect("an answer");
        child.stderr.take().expect("stderr").read_to_end(&mut complaints).expect("complaints");
        child.wait().expect("an end");
        let complaints = String::from_utf8_lossy(&complaints).into_owned();
        assert!(!complaints.contains("panicked"), "{complaints}");
        Said { answer: parse_answer(&out), complaints }
    }
}

/// What a program said.
pub struct Said {
    /// `None` if it did not come to its answer.
    pub answer: Option<Answer>,
    /// On standard error.
    pub complaints: String,
}

impl Said {
    /// Whether the page was told that it is done.
    pub fn acknowledges(&self) -> bool {
        self.answer.as_ref().is_some_and(is_done)
    }
}

/// Whether an answer says that it is done.
pub fn is_done(answer: &Answer) -> bool {
    answer.status == 200 && answer.header("Mozchat-Error").is_none()
}

fn program(name: &str) -> PathBuf {
    let named = std::env::var_os("MOZCHAT_SITE").map(PathBuf::from);
    let site = named.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("dist/site"));
    let program = site.join(format!("cgi-bin/{name}.cgi"));
    assert!(program.is_file(), "{} is not there; scripts/package makes it", program.display());
    program
}
