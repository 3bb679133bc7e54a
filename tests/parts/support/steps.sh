# How the steps of a part are run, and their tests counted.

# A step of a part: its output is shown and kept; tests in it are counted, and a step without tests is one itself.
step() {
  local name=$1 log status=0
  log=$(log_of "$name")
  run_step "$@" || status=1
  count "$log" "$status"
  [ "$status" -eq 0 ] || printf '=== %s FAILED\n' "$name"
}

# So many steps are tried twice in a run: one that breaks everything must not take twice the time.
tries_left=6
# What passed at the second try.
flaky=()

# A step whose tests look at a clock, as those of sound and browsers do, and fail when the machine is busy for a moment:
# one that fails is run once more, and is named at the end if it passes then.
step_with_clock() {
  local name=$1 log
  log=$(log_of "$name")
  if run_step "$@"; then count "$log" 0; return; fi
  if [ "$tries_left" -eq 0 ]; then count "$log" 1; printf '=== %s FAILED\n' "$name"; return; fi
  tries_left=$((tries_left - 1))
  cp "$log" "${log%.log}-first-try.log"
  printf '=== %s failed, and is tried again\n' "$name"
  local before=$failed
  step "$@"
  [ "$failed" -gt "$before" ] || flaky+=("$name")
}

log_of() {
  printf '%s/%s.log' "$results" "${1//[^a-z0-9]/-}"
}

run_step() {
  local name=$1
  shift
  printf '\n=== %s\n' "$name"
  "$@" 2>&1 | tee "$(log_of "$name")"
}

# Adds up what cargo test ("test result: ok. 3 passed; 0 failed;") and node --test ("# pass 3") say. (With colours
# or without.) A step that failed counts as a failed test if none of its tests did.
count() {
  local log=$1 status=$2 sums good bad seen
  sums=$(sed 's/\x1b\[[0-9;]*m//g' "$log" | awk '
    /^test result:/ { good += $4; bad += $6; seen = 1 }
    /^(#|ℹ) pass / { good += $3; seen = 1 }
    /^(#|ℹ) (fail|cancelled) / { bad += $3; seen = 1 }
    END { print good + 0, bad + 0, seen + 0 }')
  read -r good bad seen <<<"$sums"
  if [ "$seen" -eq 0 ] && [ "$status" -eq 0 ]; then good=1; fi
  if [ "$bad" -eq 0 ] && [ "$status" -ne 0 ]; then bad=1; fi
  passed=$((passed + good))
  failed=$((failed + bad))
}
