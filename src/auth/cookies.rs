//! Cookies (RFC 6265): finding one, making one.

/// A year. Whether a token still counts is decided by the thread's files, not by the browser.
const MAX_AGE_SEC: u32 = 366 * 86_400;

/// The value of a cookie in a Cookie header; the last one if there are several.
pub fn value<'c>(header: &'c str, name: &str) -> Option<&'c str> {
    let pairs = header.split(';').filter_map(|pair| pair.trim().split_once('='));
    pairs.filter(|(known, _)| *known == name).map(|(_, value)| value).next_back()
}

/// A Set-Cookie header's value. Scripts can't read the cookie, and other sites' requests don't carry it. For the
/// whole host, since the hub may have an address of its own there.
pub fn set(name: &str, value: &str, is_secure: bool) -> String {
    let secure = if is_secure { "; Secure" } else { "" };
    format!("{name}={value}; Path=/; Max-Age={MAX_AGE_SEC}; HttpOnly; SameSite=Lax{secure}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_among_others_whatever_they_are() {
        let header = "theme=dark; mz1=abc;mz12=def ; broken; mz1=ghi";
        assert_eq!((value(header, "mz1"), value(header, "mz12")), (Some("ghi"), Some("def")));
        assert_eq!((value(header, "mz"), value(header, "broken"), value("", "mz1")), (None, None, None));
    }

    #[test]
    fn a_cookie_is_kept_from_scripts_and_other_sites() {
        let cookie = set("a", "b", true);
        assert!(cookie.starts_with("a=b; ") && cookie.ends_with("; HttpOnly; SameSite=Lax; Secure"), "{cookie}");
        assert!(!set("a", "b", false).contains("Secure"));
    }
}
