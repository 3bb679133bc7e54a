//! How requests come in and answers go out. Gateways know nothing of threads.

pub mod cgi;
#[cfg(feature = "mail")]
pub mod mail;
mod process;
