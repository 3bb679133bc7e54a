//! `mail.cgi` as a program of its own: sends what waits, or says whether that would work.

use crate::error::Result;
use crate::files;
use crate::mail::deliver;
use crate::names::ThreadName;
use crate::site::Site;
use std::env;

/// `mail.cgi THREAD` sends what waits in a thread; `mail.cgi --greet` prints `ok`, `off`, or what is wrong.
pub fn main() -> i32 {
    // The web server ends the group of processes that a request has started.
    let _ = rustix::process::setsid();
    let Some(said) = env::args().nth(1) else {
        eprintln!("usage: mail.cgi THREAD | mail.cgi --greet");
        return 2;
    };
    let result =
        if said == "--greet" { Site::find(&|name| env::var_os(name)).map(|site| greet(&site)) } else { send(&said) };
    match result {
        Ok(()) => 0,
        Err(error) => {
            files::complain(&error);
            1
        }
    }
}

fn greet(site: &Site) {
    println!("{}", deliver::greet(site).unwrap_or_else(|said| said));
}

fn send(name: &str) -> Result<()> {
    deliver::empty(&Site::find(&|name| env::var_os(name))?, &ThreadName::new(name)?)
}
