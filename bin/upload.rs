//! `upload.cgi`: see `src/programs/upload.rs`.

#![no_main]

mozchat::cgi_program!(Upload);
