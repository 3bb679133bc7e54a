//! The package on hosts of other kinds than the one of the tests under Apache: where programs run as the admin (suexec)
//! or as somebody else, on nginx and lighttpd, on the kernels and with the libraries of old machines, and with folders
//! that the original has left.
//!
//! `scripts/test hosts` runs it, as root: it needs users, and an Apache that becomes them.

mod admin;
mod fresh_debian;
mod moving;
mod nginx_and_lighttpd;
mod old_machines;
mod server;
mod small_servers;
mod suexec;
#[path = "../apache/support/mod.rs"]
#[allow(dead_code, unused_imports, reason = "shared with the tests under Apache")]
mod support;
