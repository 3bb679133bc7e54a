// @ts-check
// Runs in threads/<thread>/index.html: leads to the page with this thread chosen, and keeps ?user= and the rest.
// A classic script, so that it runs before the page without scripts is shown.

{
  /** The thread's name is its folder's: a copied folder needs no change. */
  const folder =
    location.pathname
      .replace(/\/[^/]*$/, '')
      .split('/')
      .pop() ?? '';

  /** @param {string} text */
  const decoded = (text) => {
    try {
      return decodeURIComponent(text);
    } catch {
      return text; // a stray % in a typed address
    }
  };

  const query = new URLSearchParams(location.search);
  query.set('realm', decoded(folder));
  location.replace(`../../?${query}${location.hash}`);
}
