//! The server that is measured: our hub, the bare one, or one on npm's ws.

use std::fs;
use std::io::{self, BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A server, running.
pub struct Server {
    process: Child,
    port: u16,
    /// Whether it is our hub.
    pub is_hub: bool,
    _threads: tempfile::TempDir,
}

impl Server {
    /// `hub`, from the folder of this program; `bare`, which this program is too; `ws`.
    pub fn start(name: &str, threads: usize) -> io::Result<Self> {
        let folder = tempfile::tempdir()?;
        make_threads(folder.path(), threads)?;
        let mut command = match name {
            "hub" => Command::new(beside_us("hub")?),
            "bare" => Command::new(std::env::current_exe()?),
            "ws" => Command::new("node"),
            _ => return Err(io::Error::other(format!("{name} is none of hub, bare, ws"))),
        };
        match name {
            "hub" => command.arg("--threads").arg(folder.path()).stderr(Stdio::piped()),
            "bare" => command.arg("serve-bare").stdout(Stdio::piped()),
            _ => command.arg("bench/hub/ws.mjs").stdout(Stdio::piped()),
        };
        let mut process = command.spawn()?;
        let port = match (process.stderr.take(), process.stdout.take()) {
            (Some(log), _) => port_in(BufReader::new(log).lines()),
            (None, Some(out)) => port_in(BufReader::new(out).lines()),
            (None, None) => None,
        };
        let port = port.ok_or_else(|| io::Error::other("the server said no port"))?;
        Ok(Self { process, port, is_hub: name == "hub", _threads: folder })
    }

    /// Where the n-th connection goes: one address has not enough ports for all of them.
    pub fn address(&self, n: usize) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1 + (n % 8) as u8], self.port))
    }

    /// Resident memory in bytes.
    pub fn resident(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
        kilobytes.unwrap_or_default() * 1024
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn make_threads(folder: &Path, count: usize) -> io::Result<()> {
    for thread in (0..count).map(|n| format!("idle{n}")).chain(["crowd".into()]) {
        fs::create_dir(folder.join(&thread))?;
        let ini = "[common]\nmediaFolder=\"media_b\"\nmaxMessagesPerMinute=0\n";
        fs::write(folder.join(thread).join(".ini"), ini)?;
    }
    let ini = "[common]\nwsOn=1\n[server]\nlisten=0.0.0.0\nwsLocalPort=0\nmaxConnections=100000\n\
               maxPerAddress=100000\nmaxNewPerMinute=10000000\n";
    fs::write(folder.join("ws.ini"), ini)
}

fn beside_us(name: &str) -> io::Result<PathBuf> {
    let us = std::env::current_exe()?;
    us.ancestors()
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
        .ok_or_else(|| io::ErrorKind::NotFound.into())
}

/// The number in `ws://0.0.0.0:PORT …` or in `PORT`.
fn port_in(lines: impl Iterator<Item = io::Result<String>>) -> Option<u16> {
    let port = |line: String| {
        let rest = line.rsplit_once("0.0.0.0:").map_or(line.as_str(), |(_, rest)| rest);
        rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
    };
    lines.map_while(Result::ok).find_map(port)
}
