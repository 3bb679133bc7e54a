//! `chat.cgi`: see `src/programs/chat.rs`.

#![no_main]

mozchat::cgi_program!(Chat);
