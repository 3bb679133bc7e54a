//! The servers that help two pages to find a way to each other: the `iceServers` of an `RTCPeerConnection`.

use crate::settings::{Settings, is_address};
use serde_json::{Value, json};

/// Google's public STUN server, the original's choice. Only the browsers ever speak to it.
const GOOGLE: (&str, u16) = ("stun.l.google.com", 19302);
/// The port of STUN and TURN, by RFC 8489.
const STUN_PORT: u16 = 3478;
const SCHEMES: [&str; 4] = ["stun:", "stuns:", "turn:", "turns:"];
const PLACE_OF_ADDRESS: &str = "@ip@";

/// The array of `RTCIceServer` for a page that came to us under `host` (the Host header, perhaps with a port),
/// and what the admin should know if `iceString` or the host could not be used.
pub fn servers(settings: &Settings, host: &str) -> (Value, Option<String>) {
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
        let (servers, problem) = servers(&settings, host);
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
