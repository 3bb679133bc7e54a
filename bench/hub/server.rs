//! The server that is measured: our hub, or one that is given as a command and broadcasts whatever it gets.

use std::fs;
use std::io::{self, BufRead, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// A server, running.
pub struct Server {
    process: Child,
    pub address: SocketAddr,
    /// Whether it is our hub.
    pub is_hub: bool,
    _threads: tempfile::TempDir,
}

impl Server {
    /// Our hub from the folder of this program, or a command that prints its port on its first line.
    pub fn start(other: &[String], threads: usize) -> io::Result<Self> {
        let folder = tempfile::tempdir()?;
        for thread in (0..threads).map(|n| format!("idle{n}")).chain(["crowd".into()]) {
            fs::create_dir(folder.path().join(&thread))?;
            fs::write(
                folder.path().join(thread).join(".ini"),
                "[common]\nmediaFolder=\"media_b\"\nmaxMessagesPerMinute=0\n",
            )?;
        }
        let ini = "[common]\nwsOn=1\n[server]\nlisten=127.0.0.1\nwsLocalPort=0\nmaxConnections=100000\n\
                   maxPerAddress=100000\nmaxNewPerMinute=10000000\n";
        fs::write(folder.path().join("ws.ini"), ini)?;
        let mut command = match other {
            [] => {
                let mut command = Command::new(beside_us("hub")?);
                command.arg("--threads").arg(folder.path()).stderr(Stdio::piped());
                command
            }
            [program, arguments @ ..] => {
                let mut command = Command::new(program);
                command.args(arguments).stdout(Stdio::piped());
                command
            }
        };
        let mut process = command.spawn()?;
        let port = match (process.stderr.take(), process.stdout.take()) {
            (Some(log), _) => port_in(BufReader::new(log).lines()),
            (None, Some(out)) => port_in(BufReader::new(out).lines()),
            (None, None) => None,
        };
        let port = port.ok_or_else(|| io::Error::other("the server said no port"))?;
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        Ok(Self { process, address, is_hub: other.is_empty(), _threads: folder })
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

fn beside_us(name: &str) -> io::Result<PathBuf> {
    let us = std::env::current_exe()?;
    us.ancestors()
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
        .ok_or_else(|| io::ErrorKind::NotFound.into())
}

/// The number in `ws://127.0.0.1:PORT …` or in `PORT`.
fn port_in(lines: impl Iterator<Item = io::Result<String>>) -> Option<u16> {
    let port = |line: String| {
        let rest = line.rsplit_once("127.0.0.1:").map_or(line.as_str(), |(_, rest)| rest);
        rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
    };
    lines.map_while(Result::ok).find_map(port)
}
