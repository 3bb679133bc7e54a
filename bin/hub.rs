//! `hub`: pushes what is new to pages over WebSockets; see `src/hub/mod.rs`.

use mozchat::hub::{Options, run};
use std::process::ExitCode;

fn main() -> ExitCode {
    match run(&Options::of_this_process()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("hub: {error}");
            ExitCode::FAILURE
        }
    }
}
