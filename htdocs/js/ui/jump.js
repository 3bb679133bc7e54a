// @ts-check
// On a phone: the links to the panels say which one is in sight, and where something new waits.
import { byId } from '../util/dom.js';

/** @typedef {'phone' | 'recorder' | 'player'} Panel */

/** A line across the screen, below the header: the panel on it is the one that one looks at. */
const LINE = '-35% 0px -65% 0px';

const link = (/** @type {string} */ id) => document.querySelector(`.jump a[href="#${id}"]`);

/** Marks the link of the panel in sight. Returns what ends it. */
export function watchPanels() {
  const watching = new IntersectionObserver(
    (changes) => {
      for (const { target, isIntersecting } of changes) {
        if (isIntersecting) link(target.id)?.setAttribute('aria-current', 'true');
        else link(target.id)?.removeAttribute('aria-current');
      }
    },
    { rootMargin: LINE },
  );
  for (const id of ['phone', 'recorder', 'player']) watching.observe(byId(id, HTMLElement));
  return () => watching.disconnect();
}

/** How much of a panel the person has not seen. @param {Panel} panel @param {number} count */
export function showUnseen(panel, count) {
  const at = link(panel);
  if (count) at?.setAttribute('data-unseen', String(count));
  else at?.removeAttribute('data-unseen');
}
