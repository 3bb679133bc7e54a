//! The hub, beside Apache, on a port that it keeps.

use super::support::eventually;
use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

pub struct Daemon {
    threads: PathBuf,
    address: SocketAddr,
    process: Child,
}

impl Daemon {
    /// Starts it for the threads in a folder.
    pub fn start(threads: &Path) -> Self {
        let address = TcpListener::bind(("127.0.0.1", 0)).and_then(|line| line.local_addr()).expect("a free port");
        let port = address.port();
        let ini = format!(
            "[common]\nwsOn=1\nwsServerUri=ws://{address}/\n[server]\nlisten=127.0.0.1\nwsLocalPort={port}\nmaxPerAddress=500\n\
             maxNewPerMinute=100000\nallowOrigin=*\n"
        );
        fs::write(threads.join("ws.ini"), ini).expect("ws.ini");
        // Where everybody may run it, and nobody builds it anew meanwhile.
        fs::copy(env!("CARGO_BIN_EXE_hub"), program(threads)).expect("a copy of the hub");
        Self { threads: threads.to_owned(), address, process: spawn(threads, address) }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn process(&self) -> u32 {
        self.process.id()
    }

    pub fn kill(&mut self) {
        self.process.kill().expect("it runs");
        self.process.wait().expect("it ends");
    }

    pub fn restart(&mut self) {
        self.process = spawn(&self.threads, self.address);
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The hub's own file, beside the site.
fn program(threads: &Path) -> PathBuf {
    threads.join("../../hub")
}

/// Runs it under the user to whom the threads belong, as it would on a host.
fn spawn(threads: &Path, address: SocketAddr) -> Child {
    let mut command = if rustix::process::geteuid().is_root() {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=www-data", "--regid=www-data", "--clear-groups", "--pdeathsig=KILL"]);
        command.arg(program(threads));
        command
    } else {
        Command::new(program(threads))
    };
    let process = command.arg("--threads").arg(threads).stdin(Stdio::null()).stderr(Stdio::null()).spawn();
    let process = process.expect("the hub starts");
    eventually("the hub", || TcpStream::connect(address).ok().map(drop));
    process
}
