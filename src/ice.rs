//! The servers that help two pages to find a way to each other: the `iceServers` of an `RTCPeerConnection`.

use crate::clock::Moment;
use crate::settings::{Settings, is_address};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha1::Sha1;

/// Google's public STUN server, the original's choice. Only the browsers ever speak to it.
const GOOGLE: (&str, u16) = ("stun.l.google.com", 19302);
/// The port of STUN and TURN, by RFC 8489.
const STUN_PORT: u16 = 3478;
const SCHEMES: [&str; 4] = ["stun:", "stuns:", "turn:", "turns:"];
const PLACE_OF_ADDRESS: &str = "@ip@";
/// How long a TURN password lasts, in seconds: a day, as the scheme's draft proposes.
const TURN_LIFETIME_SEC: u64 = 86_400;

/// The array of `RTCIceServer` for a page that came to us under `host` (the Host header, perhaps with a port),
/// and what the admin should know if `iceString` or the host could not be used. Where the thread has a
/// `turnSecret`, its TURN servers get a name and a password of this page's own, which last for a day from `now`.
pub fn servers(settings: &Settings, host: &str, now: Moment) -> (Value, Option<String>) {
    let (mut servers, problem) = configured(settings, host);
    let problem = problem.or_else(|| lacks_relay(settings, &servers));
    if !settings.turn_secret.is_empty() {
        add_credentials(&mut servers, &settings.turn_secret, now);
    }
    (servers, problem)
}

/// Credentials after "A REST API For Access To TURN Services" (draft-uberti-behave-turn-rest-00), section 2.2, which
/// coturn calls use-auth-secret: the name is when they end, the password the HMAC-SHA1 of the name under the secret.
fn add_credentials(servers: &mut Value, secret: &str, now: Moment) {
    let name = (now.seconds() + TURN_LIFETIME_SEC).to_string();
    let mut mac = Hmac::<Sha1>::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(name.as_bytes());
    let password = STANDARD.encode(mac.finalize().into_bytes());
    for server in servers.as_array_mut().into_iter().flatten().filter(|server| is_relay(server)) {
        server["username"] = name.as_str().into();
        server["credential"] = password.as_str().into();
    }
}

/// Calls that may only go by a way that there isn't.
fn lacks_relay(settings: &Settings, servers: &Value) -> Option<String> {
    let has_relay = servers.as_array().into_iter().flatten().any(is_relay);
    (settings.relay_only && !has_relay)
        .then(|| "relayOnly: iceString names no TURN server, so no call is possible".into())
}

/// Whether any of a server's addresses is TURN.
fn is_relay(server: &Value) -> bool {
    let is_turn = |url: &Value| url.as_str().is_some_and(|url| url.starts_with("turn"));
    match &server["urls"] {
        Value::Array(urls) => urls.iter().any(is_turn),
        url => is_turn(url),
    }
}

fn configured(settings: &Settings, host: &str) -> (Value, Option<String>) {
    let Some((address, port)) = address(&settings.ice_addr, host) else {
        let reason = "iceAddr: this, but the request does not say under which name the server is known";
        return (json!([]), Some(reason.into()));
    };
    let default = || json!([{ "urls": format!("stun:{address}:{port}") }]);
    if settings.ice_string.is_empty() {
        return (default(), None);
    }
    match parse(&settings.ice_string.replace(PLACE_OF_ADDRESS, address)) {
        Ok(servers) => (servers, None),
        Err(reason) => (default(), Some(format!("iceString: {reason}; STUN at {address} is used"))),
    }
}

fn address<'a>(setting: &'a str, host: &'a str) -> Option<(&'a str, u16)> {
    match setting {
        "google" => Some(GOOGLE),
        "this" => Some(without_port(host.trim())).filter(|name| is_address(name)).map(|name| (name, STUN_PORT)),
        given => Some((given, STUN_PORT)),
    }
}

/// The name in a Host header; a numeric IPv6 address keeps its brackets.
fn without_port(host: &str) -> &str {
    match host.find(']') {
        Some(end) => &host[..=end],
        None => host.split(':').next().unwrap_or(host),
    }
}

fn parse(text: &str) -> Result<Value, String> {
    let servers = match serde_json::from_str(text) {
        Ok(Value::Array(servers)) => servers,
        Ok(one @ Value::Object(_)) => vec![one],
        Ok(_) => return Err("it is no list of servers".into()),
        Err(e) => return Err(format!("it is no JSON at column {}", e.column())),
    };
    match servers.iter().position(|server| !is_server(server)) {
        Some(at) => Err(format!("server {} needs urls that begin with stun:, stuns:, turn: or turns:", at + 1)),
        None => Ok(Value::Array(servers)),
    }
}

fn is_server(server: &Value) -> bool {
    match &server["urls"] {
        Value::Array(urls) => !urls.is_empty() && urls.iter().all(is_url),
        url => is_url(url),
    }
}

fn is_url(url: &Value) -> bool {
    let behind = |scheme: &str| url.as_str()?.strip_prefix(scheme);
    SCHEMES.iter().filter_map(|scheme| behind(scheme)).any(|rest| !rest.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(addr: &str, string: &str, host: &str) -> (String, Option<String>) {
        let settings = Settings { ice_addr: addr.into(), ice_string: string.into(), ..Settings::default() };
        let (servers, problem) = servers(&settings, host, Moment::from_seconds(0));
        (servers.to_string(), problem)
    }

    #[test]
    fn without_a_list_there_is_stun_at_the_address() {
        for (addr, host, url) in [
            ("google", "", "stun:stun.l.google.com:19302"),
            ("this", "example.net", "stun:example.net:3478"),
            ("this", "example.net:8080", "stun:example.net:3478"),
            ("this", "[2001:db8::1]:8080", "stun:[2001:db8::1]:3478"),
            ("this", "192.0.2.1", "stun:192.0.2.1:3478"),
            ("turn.example.net", "x", "stun:turn.example.net:3478"),
        ] {
            assert_eq!(with(addr, "", host), (format!(r#"[{{"urls":"{url}"}}]"#), None));
        }
    }

    #[test]
    fn a_host_that_could_be_anything_is_not_repeated() {
        for host in ["", ":80", "a\"b", "a b", "<x>", "a/b", "ж", "[", &"a".repeat(300)] {
            let (servers, problem) = with("this", r#"[{"urls":"turn:@ip@"}]"#, host);
            assert_eq!(servers, "[]", "{host}");
            assert!(problem.unwrap().contains("iceAddr"));
        }
    }

    #[test]
    fn the_admins_list_gets_the_address() {
        let list = r#"[ { "urls" : "turn:@ip@:3478?transport=udp", "username" : "u", "credential" : "p;a=ss" } ]"#;
        let (servers, problem) = with("this", list, "a.example:80");
        assert_eq!(problem, None);
        assert_eq!(servers, r#"[{"credential":"p;a=ss","urls":"turn:a.example:3478?transport=udp","username":"u"}]"#);
        assert_eq!(with("google", r#"{"urls":["stun:a","turns:b"]}"#, "").0, r#"[{"urls":["stun:a","turns:b"]}]"#);
        assert_eq!(with("google", "[]", ""), ("[]".into(), None), "an empty list switches servers off");
    }

    #[test]
    fn with_a_shared_secret_only_turn_servers_get_a_password_that_ends() {
        let list = r#"[{"urls":"stun:a"},{"urls":["stun:b","turn:b"]},{"urls":"turns:c","username":"old"}]"#;
        let settings = Settings { ice_string: list.into(), turn_secret: "north".into(), ..Settings::default() };
        let (servers, _) = servers(&settings, "", Moment::from_seconds(1_000_000));
        assert_eq!(servers[0], json!({"urls": "stun:a"}));
        for server in [&servers[1], &servers[2]] {
            assert_eq!(server["username"], "1086400");
            // From: printf 1086400 | openssl dgst -sha1 -hmac north -binary | base64
            assert_eq!(server["credential"], "DWTUUlGJzG6t7J3GTemRjiqFp1w=");
        }
        assert!(!servers.to_string().contains("north"));
    }

    #[test]
    fn relay_only_without_a_relay_is_reported() {
        for (list, is_reported) in
            [("", true), ("[]", true), (r#"[{"urls":"stun:a"}]"#, true), (r#"[{"urls":["stun:a","turn:b"]}]"#, false)]
        {
            let settings = Settings { ice_string: list.into(), relay_only: true, ..Settings::default() };
            let (_, problem) = servers(&settings, "", Moment::from_seconds(0));
            assert_eq!(problem.is_some_and(|problem| problem.starts_with("relayOnly: ")), is_reported, "{list}");
        }
    }

    #[test]
    fn a_bad_list_is_reported_and_stun_is_used() {
        for bad in
            ["oops", "[", "1", "[1]", "[{}]", r#"[{"urls":[]}]"#, r#"[{"urls":"http://a"}]"#, r#"[{"urls":"stun:"}]"#]
        {
            let (servers, problem) = with("google", bad, "");
            assert_eq!(servers, r#"[{"urls":"stun:stun.l.google.com:19302"}]"#, "{bad}");
            assert!(problem.unwrap().starts_with("iceString: "), "{bad}");
        }
    }
}
