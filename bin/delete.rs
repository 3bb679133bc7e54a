//! `delete.cgi`: see `src/programs/delete.rs`.

#![no_main]

mozchat::cgi_program!(Delete);
