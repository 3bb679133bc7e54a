use super::*;

fn parse(text: &str) -> Result<WsIni> {
    WsIni::parse(text.as_bytes(), Path::new("/t/ws.ini"), Path::new("/t"))
}

#[test]
fn the_originals_file_is_understood() {
    let ini = parse(
        "[common]\nwsOn=1\nwsCommandUri=\"http://127.0.0.1:8081\"\nwsServerUri=\"ws://192.168.0.1:8080\"\n\
         [server]\nlistenForCommands=\"127.0.0.1\"\nwssCert=\"\"\nwssKey=\"\"\ncomposerPath=\"/home/u/\"\n\
         [realms]\nvideoStream=1\ntest0=\n",
    )
    .unwrap();
    assert!(ini.on && ini.certificate.is_none());
    assert_eq!((ini.port, &ini.command), (8080, &Link::Http("127.0.0.1:8081".parse().unwrap())));
    let serves = |name: &str| ini.serves(&ThreadName::new(name).unwrap());
    assert!(serves("test0") && serves("videoStream") && !serves("mediaForum"));
}

#[test]
fn without_realms_every_thread_is_served_and_paths_begin_at_the_file() {
    let ini = parse(
        "[common]\nwsServerUri=wss://example.net:9000/hub\nwsCommandUri=unix:run/hub\n\
         [server]\nwsLocalPort=9000\nwssCert=a.pem\nwssKey=/k.pem\nallowOrigin=https://a https://b\n",
    )
    .unwrap();
    assert!(ini.serves(&ThreadName::new("any").unwrap()));
    assert_eq!((ini.port, ini.allow_origin.len()), (9000, 2));
    assert_eq!(ini.command, Link::Socket("/t/run/hub".into()));
    assert_eq!(ini.certificate, Some(("/t/a.pem".into(), "/k.pem".into())));
}

#[test]
fn a_port_comes_from_the_address_of_the_pages_also_with_a_path() {
    for (uri, port) in [("ws://a:81", 81), ("wss://a:82/hub", 82), ("wss://a/hub", 8080), ("ws://[::1]:83", 83)] {
        assert_eq!(parse(&format!("[common]\nwsServerUri=\"{uri}\"\n")).unwrap().port, port, "{uri}");
    }
}

#[test]
fn what_is_wrong_is_said_with_its_line() {
    for (text, line, words) in [
        ("[common]\nwsOn=maybe\n", 2, "neither 1 nor 0"),
        ("[common]\n\nwsServerUri=http://a\n", 3, "wss://example.net:8080"),
        ("[common]\nwsCommandUri=127.0.0.1:8081\n", 2, "http://ADDRESS:PORT"),
        ("[server]\nwsLocalPort=99999\n", 2, "no port"),
        ("[server]\nwsPort=1\n", 2, "no setting"),
        ("[servers]\nx=1\n", 2, "no section"),
        ("[realms]\n../x=1\n", 2, "Bad thread name"),
        ("[server]\nwssCert=a.pem\n", 1, "belong together"),
        ("[server\n", 1, "]"),
    ] {
        let Error::Ini { line: at, reason, .. } = parse(text).unwrap_err() else { panic!("{text}") };
        assert_eq!(at, line, "{text}");
        assert!(reason.contains(words), "{reason}");
    }
}

#[test]
fn the_hub_is_on_with_any_number_but_zero() {
    for (value, on) in
        [("1", true), ("10", true), ("\"2\"", true), ("-1", true), ("0", false), ("00", false), ("\"\"", false)]
    {
        assert_eq!(parse(&format!("[common]\nwsOn={value}\n")).unwrap().on, on, "{value}");
    }
}

#[test]
fn a_port_of_its_own_behind_the_web_server_is_plain_though_a_certificate_is_named() {
    let cases = [
        // wsServerUri, wsLocalPort, whether the hub speaks TLS
        ("wss://example.net:8082", "8080", false),
        ("wss://example.net/hub", "8080", false),
        ("wss://example.net:8080", "8080", true),
        ("wss://example.net", "443", true),
        ("wss://example.net:8080", "", true),
        ("wss://example.net:8080", "0", true),
    ];
    for (uri, port, is_tls) in cases {
        let text = format!(
            "[common]\nwsServerUri=\"{uri}\"\n[server]\nwsLocalPort={port}\nwssCert=\"/opt/c.pem\"\nwssKey=\"/opt/k.pem\"\n"
        );
        let ini = parse(&text).unwrap();
        assert_eq!((ini.certificate.is_some(), ini.is_certificate_unused), (is_tls, !is_tls), "{uri} {port}");
    }
}

#[test]
fn a_line_that_may_be_a_secret_s_half_is_not_repeated() {
    let cases = [
        ("[server]\ncommandSecret=\"a\"\nplum-tree-in-may\n", "…: "),
        ("[server]\ncommandsecret plum\n", "commandsecret: "),
        ("[server]\nport=1\n[server]\n", "[server]: "),
        ("[server]\ncommandSecret plum[tree]\n", "a key with '[]' "),
    ];
    for (text, about) in cases {
        let said = parse(text).unwrap_err().to_string();
        assert!(said.contains(about) && !said.contains("plum"), "{said}");
    }
}

#[test]
fn every_key_that_may_be_repeated_is_one() {
    for key in KEYS {
        let said = ["common", "server"].map(|section| parse(&format!("[{section}]\n{key}=\n")));
        let is_known = |said: &Result<WsIni>| !said.as_ref().is_err_and(|e| e.to_string().contains("is no setting"));
        assert!(said.iter().any(is_known), "{key}");
    }
}
