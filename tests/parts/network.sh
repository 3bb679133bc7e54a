# Calls in a network of namespaces: a real TURN server, lost networks, changed ones.

network_part() {
  need apache2 chromium coturn ffmpeg fonts-liberation iproute2 || return
  need_node_modules || return
  package_once || return
  local file
  for file in tests/network/*.test.mjs; do
    step_with_clock "network ${file##*/}" in_own_network node --test --test-force-exit --test-reporter=tap "$file"
  done
}

# A network namespace for the tests, and their own names for further ones.
in_own_network() {
  as_root unshare --net --mount -- bash -c \
    'mkdir -p /run/netns && mount -t tmpfs netns /run/netns && exec "$@"' in_own_network "$@"
}
