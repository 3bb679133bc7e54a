// @ts-check
// Keeps a list that grows at its end at the newest line, but not for somebody who has scrolled up to read.
import { setText } from '../util/dom.js';
import { t } from '../util/i18n.js';

/** So near to the end counts as at the end. */
const NEAR_PX = 60;
/** What lies under the header and the dock is out of sight. */
const IN_SIGHT = '-100px 0px -140px 0px';

export class Tail {
  #box;
  #button;
  #unseen = 0;
  #atEnd = true;
  #inSight = false;
  // Also when the box is shown at last, or becomes lower, because a keyboard opens, say.
  #sizes = new ResizeObserver(() => this.#atEnd && this.#toEnd());
  #sight = new IntersectionObserver(
    ([{ isIntersecting }]) => {
      this.#inSight = isIntersecting;
      this.#look();
    },
    { rootMargin: IN_SIGHT },
  );

  /** @param {HTMLElement} box what scrolls @param {HTMLElement} list what grows in it @param {HTMLButtonElement} button the way to the end */
  constructor(box, list, button) {
    this.#box = box;
    this.#button = button;
    box.onscroll = () => {
      const { scrollTop, scrollHeight, clientHeight } = box;
      this.#atEnd = scrollHeight - scrollTop - clientHeight < NEAR_PX;
      this.#look();
    };
    button.onclick = () => {
      this.#toEnd();
      // The button goes, and the focus must not be lost with it.
      box.focus({ preventScroll: true });
    };
    this.#sizes.observe(box);
    this.#sizes.observe(list);
    this.#sight.observe(box);
    this.#show();
  }

  /** What is shown of the list has changed. */
  again() {
    if (this.#atEnd) this.#toEnd();
  }

  /** A line was added. @param {boolean} isOwn by the person, who wants to see it */
  grown(isOwn) {
    if (isOwn || this.#atEnd) this.#toEnd();
    else this.#unseen += 1;
    if (!isOwn && this.#atEnd && !this.#inSight) this.#unseen += 1;
    this.#show();
  }

  close() {
    this.#sizes.disconnect();
    this.#sight.disconnect();
    this.#box.onscroll = this.#button.onclick = null;
    this.#unseen = 0;
    this.#show();
  }

  #toEnd() {
    this.#atEnd = true;
    this.#box.scrollTop = this.#box.scrollHeight;
    this.#look();
  }

  /** What is at the end and in sight, is seen. */
  #look() {
    if (this.#atEnd && this.#inSight) this.#unseen = 0;
    this.#show();
  }

  #show() {
    this.#button.hidden = this.#atEnd || !this.#unseen;
    setText(this.#button, t('conversation.newest', { n: this.#unseen }));
  }
}
