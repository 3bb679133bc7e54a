// @ts-check
// Says in words that the browser is too old, where otherwise there would be an empty page. A classic script in the
// oldest language, so that it runs there.

(function () {
  /** @type {any} */
  var page = window;
  var known =
    'noModule' in document.createElement('script') &&
    !!page.fetch &&
    !!page.URLSearchParams &&
    !!page.AbortController &&
    !!page.indexedDB &&
    !!page.HTMLDialogElement &&
    !!Array.prototype.at &&
    !!String.prototype.replaceAll &&
    !!page.CSS &&
    !!page.CSS.supports &&
    page.CSS.supports('color', 'color-mix(in srgb, red, blue)');
  if (known) return;
  var words = document.getElementById('old-browser');
  if (words) words.removeAttribute('hidden');
})();
