// @ts-check
// Hands on the thread's link: by what the device has for that, or by the clipboard.
import { byId } from '../util/dom.js';
import { t } from '../util/i18n.js';
import { threadUrl } from '../util/links.js';
import { notice } from './status.js';

/** @param {string} realm @param {string} title */
export function bindInvite(realm, title) {
  byId('invite', HTMLButtonElement).onclick = () =>
    hand(threadUrl(realm), t('invite.text', { title }));
}

/** @param {string} url @param {string} text */
async function hand(url, text) {
  try {
    // Where there is a mouse, a mail program is rarely what one wants.
    const byTouch = matchMedia('(pointer: coarse)').matches;
    if (byTouch && navigator.share) return await navigator.share({ text, url });
    await navigator.clipboard.writeText(url);
    notice(t('invite.copied'));
  } catch (error) {
    // Closing the device's list is a decision.
    if (error instanceof DOMException && error.name === 'AbortError') return;
    // No clipboard without https: it can still be copied by hand.
    notice(t('invite.link', { url }), 'lasting');
  }
}
