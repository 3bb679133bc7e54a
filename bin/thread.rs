//! `thread.cgi`: see `src/programs/thread.rs`.

fn main() {
    mozchat::gateway::cgi::serve(mozchat::programs::Program::Thread);
}
