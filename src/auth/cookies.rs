//! Cookies (RFC 6265): finding one, making one.

/// A year. Whether a token still counts is decided by the thread's files, not by the browser.
const MAX_AGE_SEC: u32 = 366 * 86_400;

/// What a browser takes from this host alone, over TLS, and for all of it (RFC 6265bis, 4.1.3.2): a neighbour under the
/// same domain can't put another in its place.
const HOST: &str = "__Host-";

/// The values of a cookie in a Cookie header, under its own name and that which it has over TLS. There are several where
/// another version, or the site before it had TLS, has left one.
pub fn values<'c>(header: &'c str, name: &str) -> impl Iterator<Item = &'c str> {
    let pairs = header.split(';').filter_map(|pair| pair.trim().split_once('='));
    pairs
        .filter(move |(known, _)| known.strip_prefix(HOST).unwrap_or(known) == name)
        .map(|(_, value)| value)
        .take(MOST_VALUES)
}

/// More of one name are nobody's but an attacker's.
const MOST_VALUES: usize = 4;
/// So many of our cookies one browser keeps: a Cookie header of more than 8 kB is refused by web servers.
const MOST: usize = 40;

/// For which requests a cookie is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Over TLS: this host alone, and all of it, as the prefix wants.
    Tls,
    /// All of the host: the hub may have an address of its own there.
    Host,
    /// The folder of the programs, as the browser sees it: a cookie without a path is for the folder that it came from.
    Programs,
}

impl Scope {
    fn attributes(self) -> &'static str {
        match self {
            Self::Tls => "; Path=/; HttpOnly; SameSite=Lax; Secure",
            Self::Host => "; Path=/; HttpOnly; SameSite=Lax",
            Self::Programs => "; HttpOnly; SameSite=Lax",
        }
    }
}

/// A Set-Cookie header's value. Scripts can't read the cookie, and other sites' requests don't carry it.
pub fn set(name: &str, value: &str, scope: Scope) -> String {
    let prefix = if scope == Scope::Tls { HOST } else { "" };
    format!("{prefix}{name}={value}; Max-Age={MAX_AGE_SEC}{}", scope.attributes())
}

/// The Set-Cookie headers' values that make room for one more cookie in a browser that has as many of ours as one keeps.
/// Those go that it got first, which it sends first (RFC 6265, 5.4).
pub fn making_room(header: &str) -> Vec<String> {
    let names = header.split(';').filter_map(|pair| Some(pair.trim().split_once('=')?.0));
    let ours: Vec<_> = names.filter(|name| is_ours(name)).collect();
    let surplus = (ours.len() + 1).saturating_sub(MOST);
    let end = |name: &str, scope: Scope| format!("{name}=; Max-Age=0{}", scope.attributes());
    let ends = ours[..surplus].iter().flat_map(|name| {
        let is_of_tls = name.starts_with(HOST);
        // A cookie ends only for the path that it was set for.
        let scopes: &[Scope] = if is_of_tls { &[Scope::Tls] } else { &[Scope::Host, Scope::Programs] };
        scopes.iter().map(|scope| end(name, *scope))
    });
    ends.collect()
}

/// Whether a cookie of this name is one of ours: other programs of the same host may have many.
pub fn is_ours(name: &str) -> bool {
    let name = name.strip_prefix(HOST).unwrap_or(name);
    let kind = name.strip_prefix("mzn").or_else(|| name.strip_prefix("mzp"));
    kind.is_some_and(|hash| hash.len() == 16 && hash.bytes().all(|b| b.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_among_others_whatever_they_are() {
        let header = "theme=dark; mz1=abc;mz12=def ; broken; __Host-mz1=ghi; mz1=jkl";
        let found = |name: &str| values(header, name).collect::<Vec<_>>();
        assert_eq!((found("mz1"), found("mz12")), (vec!["abc", "ghi", "jkl"], vec!["def"]));
        assert!(found("mz").is_empty() && found("broken").is_empty() && values("", "mz1").next().is_none());
    }

    #[test]
    fn a_cookie_is_kept_from_scripts_and_other_sites_and_goes_no_further_than_it_must() {
        assert!(set("a", "b", Scope::Tls).starts_with("__Host-a=b; "));
        assert!(set("a", "b", Scope::Tls).ends_with("; Path=/; HttpOnly; SameSite=Lax; Secure"));
        assert!(!set("a", "b", Scope::Programs).contains("Path") && set("a", "b", Scope::Host).contains("; Path=/;"));
        for scope in [Scope::Host, Scope::Programs] {
            assert!(set("a", "b", scope).ends_with("; HttpOnly; SameSite=Lax"), "{scope:?}");
        }
    }

    #[test]
    fn a_browser_keeps_so_many_of_our_cookies_and_no_others_go() {
        let header = |count: usize| {
            let ours = (0..count).map(|n| format!("mzn{n:016x}={}", "a".repeat(32)));
            ours.chain(["theme=dark".to_owned()]).collect::<Vec<_>>().join("; ")
        };
        assert!(making_room(&header(MOST - 1)).is_empty() && making_room("").is_empty());
        let gone = making_room(&header(MOST + 1));
        assert!(gone.len() == 4 && gone[0].starts_with("mzn0000000000000000=; Max-Age=0"), "{gone:?}");
        assert!(gone[2].starts_with("mzn0000000000000001="), "{gone:?}");
        assert!(header(MOST).len() < 4000);
        let of_tls = format!("__Host-{}", header(1)) + "; " + &header(MOST);
        assert!(making_room(&of_tls)[0].ends_with("Path=/; HttpOnly; SameSite=Lax; Secure"));
    }
}
