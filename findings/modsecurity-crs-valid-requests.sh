#!/bin/bash
# Debian's OWASP core rule set (modsecurity-crs 3.3.4) in Apache's mod_security2 (2.9.7), as the package sets it up, refuses valid requests:
# 1. a body of the type text/plain, whatever is in it (rule 920420: the type is not in the list of allowed ones);
# 2. some ordinary Russian texts in a form field (rules for attacks read the bytes of UTF-8 as if they were characters of another encoding).
# Touches mozchat in htdocs/js/net (what requests are sent as) and src/check/firewall.rs. Needs Debian's apache2, libapache2-mod-security2,
# modsecurity-crs, curl.
set -euo pipefail
dpkg-query -W -f '${Package} ${Version}\n' libapache2-mod-security2 modsecurity-crs
folder=$(mktemp -d); chmod 755 "$folder"
trap 'kill "$(cat "$folder/pid" 2>/dev/null)" 2>/dev/null; rm -rf "$folder"' EXIT
readonly modules=/usr/lib/apache2/modules port=$((20000 + RANDOM % 10000))
mkdir "$folder/site" "$folder/data"; echo fine > "$folder/site/index.html"
chown www-data "$folder/data" 2>/dev/null || true
cat > "$folder/conf" <<CONF
ServerRoot $folder
ServerName localhost
PidFile $folder/pid
ErrorLog $folder/errors
Listen 127.0.0.1:$port
LoadModule mpm_event_module $modules/mod_mpm_event.so
LoadModule authz_core_module $modules/mod_authz_core.so
LoadModule dir_module $modules/mod_dir.so
LoadModule unique_id_module $modules/mod_unique_id.so
LoadModule security2_module $modules/mod_security2.so
DocumentRoot $folder/site
SecDataDir $folder/data
SecTmpDir $folder/data
Include /etc/modsecurity/modsecurity.conf-recommended
SecRuleEngine On
SecAuditEngine Off
Include $(sed -n 's/^Include \(.*crs-setup.conf\)$/\1/p' /usr/share/modsecurity-crs/owasp-crs.load | head -1)
Include /usr/share/modsecurity-crs/rules/*.conf
CONF
if [ "$(id -u)" = 0 ]; then printf 'User www-data\nGroup www-data\n' >> "$folder/conf"; fi
apache2 -f "$folder/conf" -k start
for _ in $(seq 100); do curl -s -o /dev/null "http://127.0.0.1:$port/" && break; sleep .1; done

# ask WHAT CURL-OPTIONS...: prints the status and the rules that were broken.
ask() {
  local what=$1; shift
  : > "$folder/errors"
  status=$(curl -s -o /dev/null -w '%{http_code}' -A Mozilla/5.0 -H 'Accept: */*' -H 'Host: localhost' "$@" "http://127.0.0.1:$port/")
  rules=$({ grep -o '\[id "[0-9]*"\]' "$folder/errors" || true; } | tr -dc '0-9\n' | sort -u | tr '\n' ' ')
  printf '%-45s %s %s\n' "$what" "$status" "$rules"
}

# is STATUS RULE: what was just asked was answered so, for that reason.
is() { [ "$status" = "$1" ] && [[ " $rules" == *" ${2:+$2 }"* ]] || { echo 'no longer so' >&2; exit 1; }; }

ask 'a form, in English' --data-urlencode 'text=hello'; is 200 ''
ask 'a form, in Russian' --data-urlencode 'text=привет'; is 200 ''
ask '1. text/plain' -H 'Content-Type: text/plain' --data hello; is 403 920420
while IFS='|' read -r rule text; do
  ask "2. a form: $text" --data-urlencode "text=$text"; is 403 "$rule"
done <<'TEXTS'
941310|Позвони мне, пожалуйста, когда придёшь домой
941310|Завтра в 10 утра (если не будет дождя) встречаемся у метро
942100|Привет! Ты где? Мы уже у входа, ждём тебя
TEXTS
ask '2. the first of them, as JSON' -H 'Content-Type: application/json' --data '{"text":"Позвони мне, пожалуйста, когда придёшь домой"}'
is 403 941310
