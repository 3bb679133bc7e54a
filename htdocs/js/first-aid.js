// @ts-check
// Says in words why the page can't start, where otherwise there would be an empty one: the browser is too old, or some of
// the page's files are missing or cut off, as in the middle of an update over FTP. A classic script in the oldest
// language, so that it runs there.

(function () {
  /** @type {any} */
  var page = window;
  var known =
    'noModule' in document.createElement('script') &&
    !!page.fetch &&
    !!page.URLSearchParams &&
    !!page.AbortController &&
    'indexedDB' in page && // Its value is not asked for: where storage is forbidden that may throw.
    !!page.HTMLDialogElement &&
    !!Array.prototype.at &&
    !!String.prototype.replaceAll &&
    !!page.CSS &&
    !!page.CSS.supports &&
    page.CSS.supports('color', 'color-mix(in srgb, red, blue)');
  var TRIED = 'mozchat.repaired';
  var AGAIN_MS = 60000;

  /** @param {string} id */
  function say(id) {
    var words = document.getElementById(id);
    if (words) words.removeAttribute('hidden');
  }

  /** Gets every file anew, whatever the browser has kept, and begins again. */
  function repair() {
    /** @type {Promise<unknown>[]} */
    var all = [];
    document
      .querySelectorAll('link[rel=stylesheet], link[rel=modulepreload], script[src]')
      .forEach(function (/** @type {any} */ one) {
        all.push(fetch(one.href || one.src, { cache: 'reload' }).catch(function () {}));
      });
    Promise.all(all).then(function () {
      location.reload();
    });
  }

  function isFirstTry() {
    try {
      var last = Number(sessionStorage.getItem(TRIED));
      sessionStorage.setItem(TRIED, String(Date.now()));
      return !last || Date.now() - last > AGAIN_MS;
    } catch (error) {
      return false; // What can't be remembered could be repeated for ever.
    }
  }

  var repairing = false;

  /** Once by itself; then the person is told. */
  function incomplete() {
    if (repairing) return;
    repairing = isFirstTry();
    if (repairing) return repair();
    say('incomplete');
    var button = document.getElementById('incomplete-retry');
    if (button) button.onclick = repair;
  }

  /** @param {string} selector */
  function lacksSheet(selector) {
    return Array.prototype.some.call(document.querySelectorAll(selector), function (link) {
      return !link.sheet;
    });
  }

  if (!known) return say('old-browser');
  // Whether the page's module could be loaded is known when it says so, and not at the window's `load`: WebKit may run it
  // after that.
  document.addEventListener('error', judge, true);
  document.addEventListener('load', judge, true);

  /** It is not there, or what it imports is none. @param {any} event */
  function judge(event) {
    if (event.target.type !== 'module') return;
    if (!document.documentElement.hasAttribute('data-started')) incomplete();
  }

  window.addEventListener('load', function () {
    if (lacksSheet('link[rel=stylesheet]')) incomplete();
  });
  document.addEventListener('mozchat-incomplete', incomplete);
})();
