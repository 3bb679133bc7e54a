# What the browser part does, also under prefork with mod_cgi and under mod_fcgid.

modes_part() {
  need apache2 chromium dbus-daemon ffmpeg firefox-esr fonts-liberation libapache2-mod-fcgid libc6-dev openssl pulseaudio || return
  need_node_modules && need_python || return
  package_once || return
  step 'modes serve' cargo build --locked --release --features server --bin serve --bin hub
  step 'modes prefork' in_browsers prefork
  step 'modes fcgid' in_browsers fcgid
}

in_browsers() {
  MOZCHAT_APACHE=$1 node --test --test-force-exit --test-concurrency=1 --test-reporter=tap tests/browser/*.test.mjs
}
