//! How requests come in and answers go out. Gateways know nothing of threads.

pub mod cgi;
mod fastcgi;
#[cfg(feature = "mail")]
pub mod mail;
mod process;
pub mod records;
mod request;
mod variables;
