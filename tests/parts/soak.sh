# Ten minutes of thirty people, with restarts and bad lines (MOZCHAT_SOAK_SECONDS: for so long).

soak_part() {
  need apache2 libc6-dev || return
  package_once || return
  step 'soak' soak
}

soak() {
  MOZCHAT_APACHE=${MOZCHAT_APACHE-event} cargo test --locked --features server --test soak -- --ignored --show-output
}
