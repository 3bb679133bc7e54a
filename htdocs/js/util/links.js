// @ts-check
// Addresses: those in a text, and those of threads.

/** What may stand at the end of an address but is seldom part of it. */
const TRAILING = /[.,;:!?'"»”’)\]}]+$/u;

/**
 * A text cut into plain pieces and addresses. Only http and https: others could run what they carry.
 * @param {string} text
 * @returns {{text: string, href?: string}[]}
 */
export function pieces(text) {
  const found = [];
  let end = 0;
  for (const match of text.matchAll(/https?:\/\/[^\s<>"]+/giu)) {
    const whole = withoutTrailing(match[0]);
    const href = webAddress(whole);
    if (!href) continue;
    if (match.index > end) found.push({ text: text.slice(end, match.index) });
    found.push({ text: whole, href });
    end = match.index + whole.length;
  }
  if (end < text.length) found.push({ text: text.slice(end) });
  return found;
}

/** @param {string} address */
function withoutTrailing(address) {
  const short = address.replace(TRAILING, '');
  // In one like …/Name_(place) the bracket belongs to it.
  const opened = short.split('(').length - short.split(')').length;
  return opened > 0 && address[short.length] === ')' ? `${short})` : short;
}

/** @param {string} text */
function webAddress(text) {
  try {
    const { protocol, href } = new URL(text);
    return ['http:', 'https:'].includes(protocol) ? href : '';
  } catch {
    return '';
  }
}

/** The address of a thread at this site; with a name it leads right in. @param {string} realm @param {string} [user] */
export function threadUrl(realm, user) {
  const url = new URL(location.pathname, location.href);
  url.searchParams.set('realm', realm);
  if (user) url.searchParams.set('user', user);
  return url.href;
}
