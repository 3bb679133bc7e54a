//! `chat.cgi`: see `src/programs/chat.rs`.

fn main() {
    mozchat::gateway::cgi::serve(mozchat::programs::Program::Chat);
}
