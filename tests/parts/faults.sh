# The packaged programs, killed at system calls, with disks that refuse (MOZCHAT_FAULTS=all: at every one).

faults_part() {
  need strace faketime libc6-dev || return
  package_once || return
  step 'faults' cargo test --locked --features server --test faults -- --show-output
}
