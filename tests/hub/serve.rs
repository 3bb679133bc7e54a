//! The hub inside `serve`: page, programs, threads and WebSocket on one port.

use super::page::Page;
use serde_json::json;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

struct Server {
    process: Child,
    address: SocketAddr,
    _threads: TempDir,
}

impl Server {
    fn start() -> Self {
        let threads = tempfile::tempdir().unwrap();
        fs::create_dir(threads.path().join("room")).unwrap();
        fs::write(threads.path().join("room/.ini"), "[common]\nmediaFolder=\"media_t\"\n").unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_serve"));
        command.args(["--port", "0", "--threads"]).arg(threads.path()).current_dir(env!("CARGO_MANIFEST_DIR"));
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut said = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut said).unwrap();
        let port = said.split("localhost:").nth(1).and_then(|rest| rest.split('/').next()).unwrap();
        let address = SocketAddr::from(([127, 0, 0, 1], port.parse().unwrap()));
        Self { process, address, _threads: threads }
    }

    fn post(&self, program: &str, body: &str) -> String {
        let mut line = TcpStream::connect(self.address).unwrap();
        let length = body.len();
        let head = format!("POST /cgi-bin/{program}.cgi HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
        let rest = format!("Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}");
        line.write_all((head + &rest).as_bytes()).unwrap();
        let mut answer = String::new();
        line.read_to_string(&mut answer).unwrap();
        answer
    }

    fn connect(&self, origin: &str) -> Result<Page, u16> {
        Page::connect_to(self.address, "hub", Some(origin))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn pages_of_serve_find_its_hub_on_its_own_port() {
    let server = Server::start();
    assert!(server.post("thread", r#"{"realm":"room"}"#).contains(r#""hub":"hub""#));
    let mut ann = server.connect(&format!("http://{}", server.address)).ok().unwrap();
    assert_eq!(ann.hello("Ann", "room", "")["users"], json!(["Ann"]));
    server.post("chat", r#"{"user":"Bob","realm":"room","act":"relay","target":"Ann","type":"message","text":"hi"}"#);
    assert_eq!(ann.messages()[0]["text"], "hi");
    assert_eq!(server.connect("https://evil.example").err(), Some(403));
    assert!(server.post("../hub", "").starts_with("HTTP/1.1 4"));
}
