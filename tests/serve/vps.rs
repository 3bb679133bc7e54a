//! On a machine of one's own: TLS, a reverse proxy, what the admin's machines ask.

use super::eventually;
use super::http::{Answer, Request, parse_answer};
use super::server::Server;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustix::process::Signal;
use serde_json::json;
use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

type Line = StreamOwned<ClientConnection, TcpStream>;

/// Writes a new certificate, and returns it.
fn certificate(folder: &Path) -> CertificateDer<'static> {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    fs::write(folder.join("cert.pem"), cert.pem()).unwrap();
    fs::write(folder.join("key.pem"), signing_key.serialize_pem()).unwrap();
    cert.der().clone()
}

/// A server with TLS, and the certificate that its clients trust.
fn with_tls() -> (Server, TempDir, CertificateDer<'static>) {
    let folder = tempfile::tempdir().unwrap();
    let trusted = certificate(folder.path());
    let path = |name| folder.path().join(name).to_str().unwrap().to_owned();
    let server = Server::start_with(&["--cert", &path("cert.pem"), "--key", &path("key.pem")]);
    (server, folder, trusted)
}

fn connect(server: &Server, trusted: &CertificateDer<'static>) -> Line {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_root_certificates(roots).with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    let line = TcpStream::connect(server.address()).unwrap();
    line.set_read_timeout(Some(super::PATIENCE)).unwrap();
    StreamOwned::new(ClientConnection::new(Arc::new(config), name).unwrap(), line)
}

/// `None` if the server is not trusted.
fn ask(mut line: Line, request: &Request) -> Option<Answer> {
    line.write_all(&request.bytes()).ok()?;
    let mut bytes = Vec::new();
    // Without the goodbye of TLS the end is an error, as it is for a browser, which goes by Content-Length.
    let _ = line.read_to_end(&mut bytes);
    parse_answer(&bytes)
}

#[test]
fn with_a_certificate_it_speaks_tls_and_cookies_are_for_tls_alone() {
    let (server, _folder, trusted) = with_tls();
    let silent = TcpStream::connect(server.address()).unwrap();
    let page = ask(connect(&server, &trusted), &Request::new("GET", "")).unwrap();
    assert_eq!(page.status, 200, "though somebody else says nothing");
    assert_eq!(page.header("Strict-Transport-Security"), Some("max-age=31536000"));
    let thread = Request::new("GET", "cgi-bin/thread.cgi?realm=room&user=Ann");
    let answer = ask(connect(&server, &trusted), &thread).unwrap();
    assert!(answer.header("Set-Cookie").unwrap().ends_with("; Secure"), "{:?}", answer.header("Set-Cookie"));
    drop(silent);
}

#[test]
fn the_hub_is_there_over_tls_too() {
    let (server, _folder, trusted) = with_tls();
    let (mut socket, _) = tungstenite::client("wss://localhost/hub", connect(&server, &trusted)).unwrap();
    let hello = json!({ "act": "userHello", "user": "Ann", "realm": "room", "ack": "" }).to_string();
    socket.send(tungstenite::Message::text(hello)).unwrap();
    assert!(socket.read().unwrap().to_text().unwrap().contains(r#""users":["Ann"]"#));
}

#[test]
fn a_renewed_certificate_is_taken_on_sighup_and_a_broken_one_is_not() {
    let (server, folder, old) = with_tls();
    let is_trusted =
        |trusted: &CertificateDer<'static>| ask(connect(&server, trusted), &Request::new("GET", "healthz"));
    assert!(is_trusted(&old).is_some());
    let new = certificate(folder.path());
    server.signal(Signal::HUP);
    eventually("the new certificate", || is_trusted(&new));
    assert!(is_trusted(&old).is_none());
    fs::write(folder.path().join("key.pem"), "no key").unwrap();
    server.signal(Signal::HUP);
    server.logged("stays as it was");
    assert!(is_trusted(&new).is_some());
}

#[test]
fn a_visitor_is_whom_a_trusted_proxy_names_and_nobody_else_is_believed() {
    for (options, address) in [(&["--trust-proxy"][..], "192.0.2.7"), (&[], "127.0.0.1")] {
        let server = Server::start_with(options);
        let ask = json!({ "user": "Ann", "realm": "room", "act": "online" }).to_string();
        let request = Request::new("POST", "cgi-bin/users.cgi").header("X-Forwarded-For", "10.9.9.9, 192.0.2.7");
        assert_eq!(request.body("application/json", ask).send(server.address()).status, 200);
        let users = fs::read_to_string(server.thread().join("users.json")).unwrap();
        assert!(users.contains(address), "{options:?}: {users}");
    }
}

#[test]
fn it_says_whether_it_works() {
    let server = Server::start();
    let health = || Request::new("GET", "healthz").send(server.address());
    assert_eq!((health().status, &health().body[..]), (200, &b"ok\n"[..]));
    fs::remove_dir_all(server.thread().parent().unwrap()).unwrap();
    assert_eq!(health().status, 503);
    fs::create_dir(server.thread().parent().unwrap()).unwrap();
}

#[test]
fn it_counts_what_it_does_in_the_format_of_prometheus() {
    let server = Server::start_with(&["--open-metrics"]);
    let ann = server.browser("Ann", "room");
    ann.poll();
    ann.get("cgi-bin/chat.cgi");
    let answer = ann.get("metrics");
    assert!(answer.header("Content-Type").unwrap().contains("openmetrics-text"));
    let text = String::from_utf8(answer.body).unwrap();
    let value = |name: &str| {
        let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{name}: {text}"));
        line.rsplit(' ').next().unwrap().parse::<f64>().unwrap()
    };
    assert_eq!(value(r#"mozchat_answers_total{program="poll",status="200"}"#), 1.0);
    assert_eq!(value(r#"mozchat_answer_seconds_count{program="poll"}"#), 1.0);
    assert_eq!(value("mozchat_hub_connections"), 0.0);
    assert!(value("process_resident_memory_bytes") > 1e6 && value("process_start_time_seconds") > 1.7e9);
    assert!(text.ends_with("# EOF\n"));
}

#[test]
fn the_metrics_are_on_a_port_for_this_machine_unless_the_admin_says_otherwise() {
    let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).unwrap().port();
    let metrics = |server: &Server, headers: &[(&str, &str)]| {
        let request = Request::new("GET", "metrics");
        headers.iter().fold(request, |request, (name, value)| request.header(name, value)).send(server.address()).status
    };
    let server = Server::start_with(&["--metrics-port", &port.to_string()]);
    // A proxy on this machine, which says nothing of its visitor, and one whose visitor claims to be this machine.
    assert_eq!((metrics(&server, &[]), metrics(&server, &[("X-Forwarded-For", "127.0.0.1")])), (404, 404));
    let own = Request::new("GET", "metrics").send(([127, 0, 0, 1], port).into());
    assert_eq!(own.status, 200);
    assert_eq!(metrics(&Server::start_with(&["--trust-proxy"]), &[("X-Forwarded-For", "127.0.0.1")]), 404);
    assert_eq!(metrics(&Server::start_with(&["--open-metrics"]), &[]), 200);
}
