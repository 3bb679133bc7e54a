// @ts-check
// The invitation: the room's link as a QR code, to copy, and by what the device has for sharing.
import { byId } from '../util/dom.js';
import { t } from '../util/i18n.js';
import { threadUrl } from '../util/links.js';

const SVG = 'http://www.w3.org/2000/svg';
/** White around the code, in its squares: readers want as much. */
const BORDER = 4;

const parts = () => ({
  sheet: byId('invite-sheet', HTMLDialogElement),
  code: byId('invite-code', HTMLElement),
  link: byId('invite-link', HTMLInputElement),
  copy: byId('invite-copy', HTMLButtonElement),
  share: byId('invite-share', HTMLButtonElement),
  done: byId('invite-done', HTMLElement),
});

/** @param {string} realm @param {string} title */
export function bindInvite(realm, title) {
  const { sheet, link, copy, share } = parts();
  byId('invite', HTMLButtonElement).onclick = () => open(threadUrl(realm));
  byId('invite-close', HTMLButtonElement).onclick = () => sheet.close();
  // A press beside the sheet closes it.
  sheet.onclick = (event) => event.target === sheet && sheet.close();
  link.onfocus = () => link.select();
  copy.onclick = () => copyLink();
  share.hidden = !navigator.share;
  share.onclick = () => shareLink({ text: t('invite.text', { title }), url: link.value });
}

/** @param {string} url */
function open(url) {
  const { sheet, code, link, copy, done } = parts();
  link.value = url;
  done.textContent = '';
  code.hidden = false;
  if (!sheet.open) sheet.showModal();
  copy.focus();
  draw(url, code).catch(() => {
    // Its file can't be loaded: the link is there all the same.
    code.hidden = true;
  });
}

/** @param {string} url @param {HTMLElement} at */
async function draw(url, at) {
  const { encodeQR } = await import('../../vendor/qr.js');
  const rows = encodeQR(url, 'raw', { ecc: 'medium', border: BORDER });
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', `0 0 ${rows.length} ${rows.length}`);
  const squares = document.createElementNS(SVG, 'path');
  squares.setAttribute('d', rows.flatMap(pathOf).join(''));
  svg.append(squares);
  at.replaceChildren(svg);
}

/** The dark squares of a row, as a part of an SVG path. @param {boolean[]} row @param {number} y */
const pathOf = (row, y) => row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : ''));

async function copyLink() {
  const { link, done } = parts();
  try {
    await navigator.clipboard.writeText(link.value);
    done.textContent = t('invite.copied');
  } catch {
    // No clipboard without https: it can still be copied by hand.
    link.focus();
    done.textContent = t('invite.byHand');
  }
}

/** @param {ShareData} data */
async function shareLink(data) {
  // Closing the device's list is a decision; whatever else fails, the link is still there.
  await navigator.share(data).catch(() => {});
}
