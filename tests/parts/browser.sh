# The page in Chromium, Firefox and WebKitGTK, with fake devices, under Apache and against scripts/serve.

browser_part() {
  need apache2 chromium dbus-daemon ffmpeg firefox-esr fonts-liberation libc6-dev nginx-light openssl pulseaudio || return
  # WebKitGTK records and plays by way of GStreamer.
  need webkit2gtk-driver xvfb gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad || return
  need_node_modules && need_python || return
  package_once || return
  step 'browser serve' cargo build --locked --release --features server --bin serve --bin hub
  each_in_browsers browser
}

# Every file of browser tests, one after the other. The steps' names begin with this.
each_in_browsers() {
  local file name
  for file in tests/browser/*.test.mjs; do
    name=$(basename "$file" .test.mjs)
    step_with_clock "$1 $name" node --test --test-force-exit --test-reporter=tap "$file"
  done
}
