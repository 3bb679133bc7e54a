// @ts-check
// The help sheet: the keys, and the way to the manual.
import { byId, isField } from '../util/dom.js';
import { language } from '../util/i18n.js';

export function bindHelp() {
  const sheet = byId('help', HTMLDialogElement);
  const open = () => {
    byId('help-manual', HTMLAnchorElement).href = `manual/${language() === 'ru' ? 'ru.html' : ''}`;
    if (!sheet.open) sheet.showModal();
  };
  byId('help-open', HTMLButtonElement).onclick = open;
  offerSource();
  byId('help-close', HTMLButtonElement).onclick = () => sheet.close();
  // A press beside the sheet closes it.
  sheet.onclick = (event) => event.target === sheet && sheet.close();
  document.addEventListener('keydown', (event) => {
    if (event.key === '?' && !isField(event.target)) open();
  });
}

/** Where whoever changed the programs offers their source: index.html says it. */
function offerSource() {
  const said = document.querySelector('meta[name="mozchat-source"]')?.getAttribute('content') ?? '';
  const link = byId('help-source', HTMLAnchorElement);
  link.hidden = !/^https?:/.test(said);
  if (!link.hidden) link.href = said;
}
