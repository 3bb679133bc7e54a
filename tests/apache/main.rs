//! The programs as an admin installs them: `dist/site` under a real Apache, driven over HTTP.
//!
//! Every test has an Apache and a copy of the site of its own ([`support::Site`]). `MOZCHAT_APACHE` says which kind:
//! `prefork` (with mod_cgi), `event` (with mod_cgid) or `fcgid` (event with mod_fcgid). `scripts/test apache` runs
//! everything under all three.

mod access;
mod broken_host;
mod check;
mod clips;
mod ending;
mod flood;
mod hands;
mod hosts;
mod injection;
mod mail;
mod many;
mod messages;
mod old_pages;
mod requests;
mod served;
mod staying;
#[allow(dead_code, reason = "shared with the soak and the faults")]
mod support;
mod vectors;
mod waiting;
