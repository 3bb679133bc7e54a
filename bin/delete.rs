//! `delete.cgi`: see `src/programs/delete.rs`.

fn main() {
    mozchat::gateway::cgi::serve(mozchat::programs::Program::Delete);
}
