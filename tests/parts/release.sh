# The zip file copied to hosts over FTP, and used in Chromium (as root).

release_part() {
  need apache2 apache2-suexec-pristine chromium ffmpeg fonts-liberation libc6-dev lftp unzip || return
  need_node_modules || return
  need_python || return
  package_once || return
  step_with_clock 'release' with_an_admin node --test --test-force-exit --test-concurrency=1 --test-reporter=tap tests/release/*.test.mjs
}
