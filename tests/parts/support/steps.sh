# How the steps of a part are run, and their tests counted.

# A step of a part: its output is shown and kept; tests in it are counted, and a step without tests is one itself.
step() {
  local name=$1 log status=0
  shift
  log=$results/${name//[^a-z0-9]/-}.log
  printf '\n=== %s\n' "$name"
  "$@" 2>&1 | tee "$log" || status=1
  count "$log" "$status"
  [ "$status" -eq 0 ] || printf '=== %s FAILED\n' "$name"
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
