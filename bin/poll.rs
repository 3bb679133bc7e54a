//! `poll.cgi`: see `src/programs/poll.rs`.

fn main() {
    mozchat::gateway::cgi::serve(mozchat::programs::Program::Poll);
}
