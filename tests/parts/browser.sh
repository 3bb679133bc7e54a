# The page in Chromium and Firefox, with fake devices, under Apache and against scripts/serve.

browser_part() {
  need apache2 chromium dbus-daemon ffmpeg firefox-esr fonts-liberation libc6-dev openssl pulseaudio || return
  need_node_modules && need_python || return
  package_once || return
  step 'browser serve' cargo build --locked --release --features server --bin serve --bin hub
  step 'browser tests' node --test --test-concurrency=1 --test-reporter=tap tests/browser/*.test.mjs
}
