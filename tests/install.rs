//! INSTALL.html is true: what it names is there, and the lines that it gives are those that the tests under web servers
//! use (`tests/hosts/moving.rs`, `tests/release/`).

use std::fs;
use std::path::{Path, PathBuf};

fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(name: &str) -> String {
    fs::read_to_string(repository().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The texts between these two, unescaped.
fn between<'t>(text: &'t str, begin: &'t str, end: &'t str) -> impl Iterator<Item = String> + 't {
    text.split(begin)
        .skip(1)
        .filter_map(move |rest| rest.split(end).next())
        .map(|text| text.split_whitespace().collect::<Vec<_>>().join(" ").replace("&lt;", "<").replace("&gt;", ">"))
}

/// Where a file of the package comes from in the repository.
fn source(name: &str) -> PathBuf {
    let inner = name.strip_prefix("mozchat/").unwrap_or(name);
    if let Some(program) = inner.strip_prefix("cgi-bin/").and_then(|file| file.strip_suffix(".cgi")) {
        return repository().join(format!("bin/{program}.rs"));
    }
    let beside = if inner.starts_with("threads") { repository() } else { repository().join("htdocs") };
    beside.join(inner.trim_end_matches('/'))
}

#[test]
fn every_file_that_install_names_is_in_the_package() {
    let text = read("INSTALL.html");
    let mut found = 0;
    for name in between(&text, "<code>", "</code>") {
        let ours = ["mozchat/", "threads/", "cgi-bin/"].iter().any(|folder| name.starts_with(folder));
        let known = ["index.html", "robots.txt", "favicon.ico"].contains(&name.as_str());
        if (ours || known) && !name.contains("NAME") {
            assert!(source(&name).exists(), "{name}: {}", source(&name).display());
            found += 1;
        }
    }
    assert!(found > 10, "{found} names");
    for beside in ["mozchat.example.ini", "webservers.md"] {
        assert!(text.contains(&format!("<code>{beside}</code>")), "{beside}");
    }
    assert!(
        Path::exists(&source("cgi-bin/mozchat.example.ini")) && read("scripts/package").contains("docs/webservers.md")
    );
}

#[test]
fn the_line_with_the_programs_addresses_is_that_of_the_page() {
    let text = read("INSTALL.html");
    let line = between(&text, "<pre id=\"programs\">", "</pre").next().expect("the line");
    assert!(line.starts_with("<meta name=\"mozchat-programs\""), "{line}");
    assert!(read("htdocs/index.html").contains(&line), "{line}");
}

#[test]
fn what_goes_wrong_most_often_is_named() {
    let text = between(&read("INSTALL.html"), "<table id=\"mistakes\">", "</table>").next().expect("the table");
    for mistake in
        ["ASCII", "755", "775", "500", "403", "404", "Options", "downloaded", "https://", "threads were not found"]
    {
        assert!(text.contains(mistake), "{mistake}");
    }
}
