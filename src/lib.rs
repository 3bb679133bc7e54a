//! mozchat: a web phone, walkie-talkie and media chat made of small CGI programs.
//!
//! Data flows one way: a gateway ([`gateway`], [`server`]) fills in a [`wire::Incoming`], a program
//! ([`programs`]) takes it apart into checked values ([`names`], [`wire::fields`]), opens a [`thread`], locks
//! it where it changes something, and the result becomes an answer ([`wire::reply`]). The modules of
//! [`thread`] know neither CGI nor HTTP; the gateways know nothing of threads.
//!
//! The rules (which clips go, who is online, which messages are due) are pure: [`thread::retention`],
//! [`thread::presence`], [`thread::mailbox`]; the files around them are read and written in
//! [`thread::store`] and under the guard [`thread::Locked`] alone.

pub mod auth;
#[cfg(feature = "check")]
pub mod check;
pub mod clock;
pub mod error;
pub mod files;
pub mod formats;
pub mod gateway;
#[cfg(feature = "server")]
pub mod hub;
pub mod ice;
pub mod ini;
pub mod lock;
pub mod mail;
pub mod maps;
pub mod names;
pub mod notice;
pub mod programs;
pub mod random;
pub mod salvage;
#[cfg(feature = "server")]
pub mod server;
pub mod settings;
pub mod site;
pub mod stale;
pub mod text;
pub mod thread;
pub mod wire;
pub mod zone;
