//! `upload.cgi`: see `src/programs/upload.rs`.

fn main() {
    mozchat::gateway::cgi::serve(mozchat::programs::Program::Upload);
}
