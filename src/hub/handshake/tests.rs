use super::*;
use std::path::Path;

impl Headers for &[(&str, &str)] {
    fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }
}

fn settings() -> WsIni {
    WsIni { allow_origin: vec!["https://other.example".into()], ..WsIni::default_for(Path::new("")) }
}

/// The example of RFC 6455, section 1.3, with one header changed.
fn verdict(changed: &str, value: &str) -> Result<String, Refusal> {
    let mut headers = vec![
        ("host", "server.example.com:8080"),
        ("upgrade", "websocket"),
        ("connection", "keep-alive, Upgrade"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ("origin", "https://server.example.com"),
        ("sec-websocket-version", "13"),
    ];
    for header in headers.iter_mut().filter(|header| header.0 == changed) {
        header.1 = value;
    }
    check(&headers.as_slice(), &settings())
}

#[test]
fn the_standards_example_is_answered_as_the_standard_does() {
    assert_eq!(verdict("", "").as_deref(), Ok("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
}

#[test]
fn what_is_no_websocket_is_refused() {
    for (header, value, status) in [
        ("upgrade", "h2c", 426),
        ("connection", "close", 426),
        ("sec-websocket-version", "8", 426),
        ("sec-websocket-key", "c2hvcnQ=", 400),
        ("sec-websocket-key", "!", 400),
    ] {
        assert_eq!(verdict(header, value).unwrap_err().0, status, "{header}: {value}");
    }
}

#[test]
fn only_pages_of_the_same_host_and_those_allowed_may_come() {
    for good in ["https://server.example.com", "http://SERVER.example.com:80", "https://other.example"] {
        assert!(verdict("origin", good).is_ok(), "{good}");
    }
    for bad in
        ["null", "", "https://evil.example", "https://server.example.com.evil.example", "https://xserver.example.com"]
    {
        assert_eq!(verdict("origin", bad).unwrap_err().0, 403, "{bad}");
    }
    assert!(is_our_page(None, "", &settings()), "an app that is no browser says none");
    assert!(is_our_page(Some("http://[::1]:8000"), "[::1]:8080", &settings()));
    assert!(!is_our_page(Some("http://"), "", &settings()));
}

#[test]
fn a_proxy_is_believed_only_where_the_admin_trusts_it() {
    let peer: IpAddr = "127.0.0.1".parse().unwrap();
    let headers = [("x-forwarded-for", "6.6.6.6, 10.0.0.1")].as_slice();
    assert_eq!(visitor(&headers, peer, &settings()), peer);
    let trusting = WsIni { trust_proxy: true, ..settings() };
    assert_eq!(visitor(&headers, peer, &trusting).to_string(), "10.0.0.1");
    assert_eq!(visitor(&[("x-forwarded-for", "junk")].as_slice(), peer, &trusting), peer);
    // Who comes from elsewhere has not come by way of a proxy, and must not be whom it says.
    for direct in ["203.0.113.9", "2001:db8::9"] {
        let direct: IpAddr = direct.parse().unwrap();
        assert_eq!(visitor(&headers, direct, &trusting), direct);
    }
    for proxy in ["10.0.0.5", "192.168.1.2", "fd00::2", "::ffff:172.17.0.1"] {
        assert_eq!(visitor(&headers, proxy.parse().unwrap(), &trusting).to_string(), "10.0.0.1", "{proxy}");
    }
}

#[tokio::test]
async fn a_head_without_an_end_is_given_up() {
    for bytes in [b"GET / HTTP/1.1\r\n".as_slice(), &[b'x'; LONGEST_HEAD + 1]] {
        assert!(read_head(&mut &*bytes).await.is_err());
    }
}
