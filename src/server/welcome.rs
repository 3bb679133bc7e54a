//! What a person sees who starts the server.

use crate::names::ThreadName;
use std::fs;
use std::io::{self, Write};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use tokio::net::TcpListener;

/// Prints the address to open, and the threads found.
pub fn print(listener: &TcpListener, threads: &Path, is_secure: bool) {
    let Ok(address) = listener.local_addr() else { return };
    // Nobody may be there to read it.
    let _ = io::stdout().write_all(text(address, threads, is_secure).as_bytes());
}

fn text(address: SocketAddr, folder: &Path, is_secure: bool) -> String {
    let open = to_open(address, is_secure);
    let mut text = format!("mozchat is at {open} (Ctrl-C ends it)\n");
    if address.ip().is_unspecified() && !is_secure {
        text += "Other machines may come too; browsers give a microphone only to https:// and to localhost.\n";
    }
    let names = names(folder);
    text += &match names.len() {
        0 => format!("There are no threads in {}\n", folder.display()),
        _ => format!("Threads in {}:\n", folder.display()),
    };
    for name in names {
        text += &format!("  {name}  {open}threads/{name}/\n");
    }
    text
}

/// Where the person's own browser finds it.
fn to_open(address: SocketAddr, is_secure: bool) -> String {
    let scheme = if is_secure { "https" } else { "http" };
    let ip = address.ip();
    let here = ip.is_unspecified() || ip == Ipv4Addr::LOCALHOST || ip == Ipv6Addr::LOCALHOST;
    if here { format!("{scheme}://localhost:{}/", address.port()) } else { format!("{scheme}://{address}/") }
}

fn names(folder: &Path) -> Vec<ThreadName> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().filter(|entry| entry.path().is_dir());
    let mut names: Vec<_> = entries.filter_map(|entry| ThreadName::new(entry.file_name().to_str()?).ok()).collect();
    names.sort();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_can_be_opened_and_the_threads_are_named() {
        let folder = tempfile::tempdir().unwrap();
        for thread in ["b", "a", ".hidden"] {
            fs::create_dir(folder.path().join(thread)).unwrap();
        }
        fs::write(folder.path().join("example.ini"), "").unwrap();
        let text = text("127.0.0.1:8080".parse().unwrap(), folder.path(), false);
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[0], "mozchat is at http://localhost:8080/ (Ctrl-C ends it)");
        let threads = ["  a  http://localhost:8080/threads/a/", "  b  http://localhost:8080/threads/b/"];
        assert_eq!(lines[2..], threads);
    }

    #[test]
    fn an_address_that_is_open_to_all_is_told_as_one_that_works() {
        assert_eq!(to_open("0.0.0.0:81".parse().unwrap(), false), "http://localhost:81/");
        assert_eq!(to_open("[::1]:81".parse().unwrap(), false), "http://localhost:81/");
        assert_eq!(to_open("0.0.0.0:443".parse().unwrap(), true), "https://localhost:443/");
        assert_eq!(to_open("[fe80::1]:81".parse().unwrap(), false), "http://[fe80::1]:81/");
    }
}
