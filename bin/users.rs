//! `users.cgi`: see `src/programs/users.rs`.

#![no_main]

mozchat::cgi_program!(Users);
