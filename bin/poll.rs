//! `poll.cgi`: see `src/programs/poll.rs`.

#![no_main]

mozchat::cgi_program!(Poll);
