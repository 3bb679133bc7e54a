//! The servers that help calls to find a way: do they answer, and does TURN take the threads' passwords?
//!
//! Only servers that the admin has named are asked.

use super::finding::{Findings, Section, say};
use super::stun::{self, Method, Transaction, attribute};
use super::{Look, PATIENCE, reasons};
use crate::clock::Moment;
use crate::ice;
use crate::random;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs, UdpSocket};
use std::time::{Duration, Instant};

/// A server that does not answer is asked again after so long, as browsers do (RFC 8489, section 6.2.1).
const AGAIN: Duration = Duration::from_millis(500);
/// UDP, as TURN calls it (RFC 8656, section 18.8).
const UDP: [u8; 4] = [17, 0, 0, 0];

/// A server as a thread names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Server {
    url: String,
    name: String,
    password: String,
}

/// What a URL says (RFC 7064 and RFC 7065).
#[derive(Debug, PartialEq, Eq)]
struct Target<'u> {
    is_turn: bool,
    is_tls: bool,
    is_tcp: bool,
    host: &'u str,
    port: u16,
}

impl<'u> Target<'u> {
    fn of(url: &'u str) -> Option<Self> {
        let (scheme, rest) = url.split_once(':')?;
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (is_turn, is_tls) = (scheme.starts_with("turn"), scheme.ends_with('s'));
        let usual = if is_tls { 5349 } else { 3478 };
        let (host, port) = match place.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => (host, port.parse().ok()?),
            _ => (place, usual),
        };
        Some(Self { is_turn, is_tls, is_tcp: is_tls || query == "transport=tcp", host, port })
    }
}

/// What became of asking.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    /// It would help.
    Helps,
    /// Something listens there; more was not looked at.
    Open,
    /// It takes no such name and password, and says why in a number.
    Refuses(u16),
    /// Silence.
    Late,
    /// There is no way to it.
    Failed(String),
}

pub(super) fn look(look: &Look<'_>) -> Section {
    let mut found = Findings::default();
    let lang = look.lang;
    let mut servers = BTreeMap::<Server, Vec<&str>>::new();
    let mut is_left_to_google = false;
    for thread in &look.threads {
        let is_named = !thread.settings.ice_string.is_empty() || thread.settings.ice_addr != "google";
        is_left_to_google |= !is_named;
        let (list, problem) = ice::servers(&thread.settings, look.host(), Moment::now());
        if let (Some(problem), true) = (problem, look.place.is_some()) {
            let problem = look.without_secrets(&reasons::said(lang, &problem));
            let name = &thread.name;
            found
                .bad(format!("{name}: {problem}"), say!(lang, "Mend it in the thread's .ini.", "Исправьте .ini темы."));
        }
        for server in servers_of(&list).into_iter().filter(|_| is_named) {
            servers.entry(server).or_default().push(thread.name.as_str());
        }
    }
    if is_left_to_google {
        found.good(say!(
            lang,
            "Calls use Google's public STUN server where a thread's .ini names no other. From here it is not asked.",
            "Где в .ini темы не назван другой сервер, звонки идут через общедоступный STUN Google. Отсюда его не спрашивали."
        ));
    }
    for (server, threads) in &servers {
        let threads = threads.join(", ");
        if look.is_late() {
            let url = &server.url;
            found.doubt(
                say!(
                    lang,
                    "{url} was not asked; the look took too long ({threads}).",
                    "{url}: не опрошен, проверка заняла слишком много времени ({threads})."
                ),
                super::again(lang),
            );
        } else {
            tell(&mut found, lang, server, &threads, ask(server));
        }
    }
    found.under(say!(lang, "Calls: STUN and TURN", "Звонки: STUN и TURN"))
}

fn tell(found: &mut Findings, lang: super::Lang, server: &Server, threads: &str, outcome: Outcome) {
    let url = &server.url;
    match outcome {
        Outcome::Helps if url.starts_with("turn") => found.good(say!(
            lang,
            "{url} relays for the name and password that it was given ({threads}).",
            "{url} ретранслирует: имя и пароль приняты ({threads})."
        )),
        Outcome::Helps => found.good(say!(lang, "{url} answers ({threads}).", "{url} отвечает ({threads}).")),
        Outcome::Open => found.good(say!(
            lang,
            "{url}: the port is open; what is behind its TLS was not looked at ({threads}).",
            "{url}: порт открыт; что за TLS, не проверялось ({threads})."
        )),
        Outcome::Refuses(code) => found.bad(
            say!(
                lang,
                "{url} refuses the name and password that it was given: error {code} ({threads}).",
                "{url} не принимает имя и пароль: ошибка {code} ({threads})."
            ),
            say!(
                lang,
                "turnSecret must be the static-auth-secret of coturn with use-auth-secret, or iceString must have the right username and credential. 403, 442, 486: the server's own limits.",
                "turnSecret должен совпадать со static-auth-secret в coturn с use-auth-secret, или в iceString должны быть верные username и credential. 403, 442, 486: ограничения самого сервера."
            ),
        ),
        Outcome::Late => {
            let seconds = PATIENCE.as_secs();
            found.doubt(
                say!(
                    lang,
                    "{url} didn't answer in {seconds} s ({threads}).",
                    "{url} не ответил за {seconds} с ({threads})."
                ),
                say!(
                    lang,
                    "Is it running, and does a firewall let UDP through? Some hosts let no UDP out, so that it can't be asked from here although browsers reach it.",
                    "Запущен ли он, пропускает ли UDP брандмауэр? Некоторые хостинги не выпускают UDP: тогда отсюда его не спросить, хотя браузеры до него доходят."
                ),
            );
        }
        Outcome::Failed(said) => found.bad(
            say!(lang, "{url} can't be reached: {said} ({threads}).", "{url} недоступен: {said} ({threads})."),
            say!(
                lang,
                "Start the server, or correct iceAddr or iceString in the thread's .ini.",
                "Запустите сервер или исправьте iceAddr либо iceString в .ini темы."
            ),
        ),
    }
}

fn servers_of(list: &Value) -> Vec<Server> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let servers = list.as_array().into_iter().flatten();
    servers
        .flat_map(|server| {
            let urls = match &server["urls"] {
                Value::Array(urls) => urls.iter().map(text).collect(),
                url => vec![text(url)],
            };
            let (name, password) = (text(&server["username"]), text(&server["credential"]));
            urls.into_iter().map(move |url| Server { url, name: name.clone(), password: password.clone() })
        })
        .collect()
}

fn ask(server: &Server) -> Outcome {
    let Some(target) = Target::of(&server.url) else { return Outcome::Failed("the address is none".into()) };
    match reach(&target, server) {
        Ok(outcome) => outcome,
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => Outcome::Late,
        Err(error) => Outcome::Failed(error.to_string()),
    }
}

fn reach(target: &Target<'_>, server: &Server) -> io::Result<Outcome> {
    let place = (target.host.trim_matches(['[', ']']), target.port);
    let address = place.to_socket_addrs()?.next().ok_or(ErrorKind::NotFound)?;
    if target.is_tls {
        return TcpStream::connect_timeout(&address, PATIENCE).map(|_| Outcome::Open);
    }
    let mut line = Line::open(address, target.is_tcp)?;
    if target.is_turn { allocate(&mut line, server) } else { bind(&mut line) }
}

fn bind(line: &mut Line) -> io::Result<Outcome> {
    let transaction = transaction()?;
    let answer = line.ask(Method::Binding, transaction, &stun::request(Method::Binding, transaction, &[]))?;
    Ok(answer.error.map_or(Outcome::Helps, Outcome::Refuses))
}

/// Asks for a relay as a browser does: the refusal of the first request says what the second one has to prove.
fn allocate(line: &mut Line, server: &Server) -> io::Result<Outcome> {
    let first = transaction()?;
    let open = stun::request(Method::Allocate, first, &[(attribute::REQUESTED_TRANSPORT, &UDP)]);
    let refusal = line.ask(Method::Allocate, first, &open)?;
    match refusal.error {
        None => return Ok(Outcome::Helps),
        Some(401) => {}
        Some(code) => return Ok(Outcome::Refuses(code)),
    }
    let key = stun::long_term_key(&server.name, &refusal.realm, &server.password);
    let named: [(u16, &[u8]); 4] = [
        (attribute::REQUESTED_TRANSPORT, &UDP),
        (attribute::USERNAME, server.name.as_bytes()),
        (attribute::REALM, refusal.realm.as_bytes()),
        (attribute::NONCE, &refusal.nonce),
    ];
    let second = transaction()?;
    let proved = stun::proved(stun::request(Method::Allocate, second, &named), &key);
    let answer = line.ask(Method::Allocate, second, &proved)?;
    if let Some(code) = answer.error {
        return Ok(Outcome::Refuses(code));
    }
    // Nobody needs the relay; if this gets lost, it ends by itself in ten minutes.
    let [_, rest @ ..] = named;
    let [name, realm, nonce] = rest;
    let end = stun::request(Method::Refresh, transaction()?, &[(attribute::LIFETIME, &[0; 4]), name, realm, nonce]);
    line.send(&stun::proved(end, &key)).map(|()| Outcome::Helps)
}

fn transaction() -> io::Result<Transaction> {
    random::bytes().map_err(io::Error::other)
}

/// The way to a server.
enum Line {
    Udp(UdpSocket),
    Tcp(TcpStream),
}

impl Line {
    fn open(address: SocketAddr, is_tcp: bool) -> io::Result<Self> {
        if is_tcp {
            let line = TcpStream::connect_timeout(&address, PATIENCE)?;
            line.set_read_timeout(Some(PATIENCE))?;
            return Ok(Self::Tcp(line));
        }
        let any = if address.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
        let socket = UdpSocket::bind(any)?;
        socket.connect(address)?;
        socket.set_read_timeout(Some(AGAIN))?;
        Ok(Self::Udp(socket))
    }

    fn send(&mut self, message: &[u8]) -> io::Result<()> {
        match self {
            Self::Udp(socket) => socket.send(message).map(drop),
            Self::Tcp(line) => line.write_all(message),
        }
    }

    fn ask(&mut self, method: Method, transaction: Transaction, message: &[u8]) -> io::Result<stun::Answer> {
        let end = Instant::now() + PATIENCE;
        self.send(message)?;
        while Instant::now() < end {
            match self.receive() {
                Ok(bytes) => {
                    if let Some(answer) = stun::answer(&bytes, method, &transaction) {
                        return Ok(answer);
                    }
                }
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => match self {
                    Self::Udp(_) => self.send(message)?,
                    Self::Tcp(_) => return Err(error),
                },
                // A signal to the process says nothing of the server.
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Err(ErrorKind::TimedOut.into())
    }

    fn receive(&mut self) -> io::Result<Vec<u8>> {
        match self {
            Self::Udp(socket) => {
                let mut buffer = vec![0; 2048];
                let got = socket.recv(&mut buffer)?;
                buffer.truncate(got);
                Ok(buffer)
            }
            Self::Tcp(line) => {
                let mut head = [0; 4];
                line.read_exact(&mut head)?;
                let mut message = head.to_vec();
                message.resize(stun::length(&head).unwrap_or_default(), 0);
                line.read_exact(&mut message[4..])?;
                Ok(message)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_servers_are_taken_apart() {
        let target = |url| Target::of(url).map(|t| (t.is_turn, t.is_tls, t.is_tcp, t.host, t.port));
        for (url, expected) in [
            ("stun:a.example", (false, false, false, "a.example", 3478)),
            ("turn:a.example:99?transport=udp", (true, false, false, "a.example", 99)),
            ("turn:192.0.2.1?transport=tcp", (true, false, true, "192.0.2.1", 3478)),
            ("turns:a.example", (true, true, true, "a.example", 5349)),
            ("turn:[2001:db8::1]:5", (true, false, false, "[2001:db8::1]", 5)),
            ("turn:[2001:db8::1]", (true, false, false, "[2001:db8::1]", 3478)),
        ] {
            assert_eq!(target(url), Some(expected), "{url}");
        }
        assert_eq!((target("turn"), target("turn:a:b")), (None, None));
    }

    #[test]
    fn nobody_at_the_port_and_a_server_that_is_silent_are_told_apart() {
        let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
        let port = silent.local_addr().unwrap().port();
        let server =
            |port| Server { url: format!("stun:127.0.0.1:{port}"), name: String::new(), password: String::new() };
        assert_eq!(ask(&server(port)), Outcome::Late);
        drop(silent);
        assert!(matches!(ask(&server(port)), Outcome::Failed(_)));
    }
}
