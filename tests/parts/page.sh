# TypeScript's checks, ESLint, Prettier; what of the page needs no browser.

page_part() {
  need_node_modules || return
  step 'page types' npx --no-install tsc --noEmit
  step 'page eslint' npx --no-install eslint .
  step 'page prettier' npx --no-install prettier --check .
  step 'page tests' node --test --test-force-exit --test-reporter=tap tests/page/*.test.mjs
}
