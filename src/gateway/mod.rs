//! How requests come in and answers go out. Gateways know nothing of threads.

pub mod cgi;
mod process;
