# The package on other hosts: suexec, nginx, lighttpd, old kernels (as root).

hosts_part() {
  need apache2 apache2-suexec-pristine busybox civetweb fcgiwrap lighttpd libc6-dev nginx-light python3 uwsgi-core || return
  need_python || return
  package_once || return
  step_with_clock 'hosts' with_an_admin cargo test --locked --features server --test hosts -- --show-output
}

# Runs a command, as root, while there is a user for the admin of a site.
with_an_admin() {
  local user=mozchat-test status=0
  id "$user" >/dev/null 2>&1 ||
    as_root useradd --system --user-group --no-create-home --shell /usr/sbin/nologin "$user" || return
  as_root env "PATH=$PATH" "CARGO_HOME=${CARGO_HOME:-$HOME/.cargo}" "$@" || status=$?
  as_root userdel "$user"
  return "$status"
}
