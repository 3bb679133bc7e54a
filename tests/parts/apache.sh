# The packaged programs under a throw-away Apache: prefork with mod_cgi, event with mod_cgid, event with mod_fcgid.

apache_part() {
  need apache2 apache2-utils coturn curl libapache2-mod-fcgid libapache2-mod-security2 libc6-dev modsecurity-crs msmtp || return
  need bindfs nginx-light openssh-sftp-server sshfs || return
  need_python || return
  package_once || return
  step_with_clock 'apache prefork' with_apache prefork
  step_with_clock 'apache event' with_apache event
  step_with_clock 'apache fcgid' with_apache fcgid
}

with_apache() {
  MOZCHAT_APACHE=$1 cargo test --locked --features server --test apache -- --show-output
}
