//! `thread.cgi`: see `src/programs/thread.rs`.

#![no_main]

mozchat::cgi_program!(Thread);
