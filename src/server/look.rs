//! `serve --check`: what check.cgi tells, on a shell.

use super::options::Options;
use crate::check::{self, Lang, Level, Look};
use crate::mail::address::Place;
use crate::site::SiteSettings;
use crate::wire::Sender;
use std::env;
use std::io::{self, Write};
use std::process::ExitCode;

/// Looks and prints; a failure if something is wrong.
pub fn print(options: &Options) -> ExitCode {
    let (site, programs) = options.site_to_check();
    let settings = site.as_ref().ok().and_then(|site| site.settings().ok()).unwrap_or_default();
    let place = place(options, &settings, programs.is_some());
    let sections = check::everything(&Look::new(lang(), site.as_ref(), programs, place, None));
    // Nobody may be there to read it.
    let _ = io::stdout().write_all(check::plain(lang(), &sections).as_bytes());
    if check::worst(&sections) == Level::Bad { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Where the page is: as mozchat.ini says, or, without a web server, where `serve` would be.
fn place(options: &Options, settings: &SiteSettings, is_cgi: bool) -> Option<Place> {
    let said = settings.filled("", "page").map(str::to_owned);
    let scheme = if options.cert.is_some() { "https" } else { "http" };
    let own = || (!is_cgi).then(|| format!("{scheme}://localhost:{}/", options.port));
    said.or_else(own).map(|page| Place::of(&Sender::default(), Some(&page)))
}

/// As the shell's settings have it, the most special one first (POSIX, section 8.2).
fn lang() -> Lang {
    let mut said = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().filter_map(|name| env::var(name).ok());
    Lang::of(&said.find(|locale| !locale.is_empty()).unwrap_or_default())
}
