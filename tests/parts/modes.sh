# What the browser part does, also under prefork with mod_cgi and under mod_fcgid.

modes_part() {
  need apache2 chromium dbus-daemon ffmpeg firefox-esr fonts-liberation libapache2-mod-fcgid libc6-dev openssl pulseaudio || return
  need_node_modules && need_python || return
  package_once || return
  step 'modes serve' cargo build --locked --release --features server --bin serve --bin hub
  local kind
  for kind in prefork fcgid; do
    MOZCHAT_APACHE=$kind each_in_browsers "modes $kind"
  done
}
