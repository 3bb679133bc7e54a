//! `users.cgi`: see `src/programs/users.rs`.

fn main() {
    mozchat::gateway::cgi::serve(mozchat::programs::Program::Users);
}
