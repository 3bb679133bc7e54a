# Every parser for a minute (scripts/fuzz).

fuzz_part() {
  need g++ || return
  step 'fuzz' scripts/fuzz
}
