//! `serve`: everything in one process; see `src/server/mod.rs`.

use mozchat::server::{Options, run};
use std::process::ExitCode;

fn main() -> ExitCode {
    match run(&Options::of_this_process()) {
        Ok(status) => status,
        Err(error) => {
            eprintln!("serve: {error}");
            ExitCode::FAILURE
        }
    }
}
