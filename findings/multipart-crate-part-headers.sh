#!/bin/bash
# The crate multipart 0.18.0 (the last; unmaintained) misreads two headers that valid forms have:
# 1. a part typed video/webm;codecs=vp8,opus, as Chromium's FormData writes the type of a MediaRecorder's blob: the whole body is refused
#    (its parser of media types wants quotes around a comma, which MediaRecorder's own type does not have);
# 2. a part with filename before name, which RFC 6266 and RFC 7578 leave free: the file's name is taken for the field's name, and the part
#    for one without a file.
# Touches mozchat in src/wire: the type is taken out (parts.rs) and name put first (multipart.rs) before the crate sees the headers.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir src
cat > Cargo.toml <<'TOML'
[package]
name = "finding"
version = "0.1.0"
edition = "2021"
[dependencies]
multipart = { version = "=0.18.0", default-features = false, features = ["server"] }
TOML
cat > src/main.rs <<'RUST'
use multipart::server::Multipart;

fn read(disposition: &str, kind: &str) -> Result<(String, Option<String>), String> {
    let body = format!("--B\r\nContent-Disposition: form-data; {disposition}\r\nContent-Type: {kind}\r\n\r\ndata\r\n--B--\r\n");
    let mut form = Multipart::with_body(body.as_bytes(), "B");
    let part = form.read_entry().map_err(|error| error.to_string())?.ok_or("no part")?;
    Ok((part.headers.name.to_string(), part.headers.filename))
}

fn main() {
    let file = Some("a.webm".to_string());
    let usual = read(r#"name="blob"; filename="a.webm""#, "video/webm");
    println!("usual:                      {usual:?}");
    assert_eq!(usual, Ok(("blob".into(), file)));
    let comma = read(r#"name="blob"; filename="a.webm""#, "video/webm;codecs=vp8,opus");
    println!("video/webm;codecs=vp8,opus: {comma:?}");
    assert!(comma.is_err(), "1. is no longer so");
    let swapped = read(r#"filename="a.webm"; name="blob""#, "video/webm");
    println!("filename before name:       {swapped:?}");
    assert_eq!(swapped, Ok(("a.webm".into(), None)), "2. is no longer so");
}
RUST
cargo run --quiet 2> build.log || { cat build.log >&2; exit 1; }
echo "multipart $(grep -A1 '^name = "multipart"' Cargo.lock | sed -n 's/version = "\(.*\)"/\1/p'): as described"
