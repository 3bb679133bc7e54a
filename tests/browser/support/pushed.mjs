// What one sees at a page that news come to by themselves.

/** @param {import('./support/people.mjs').Person} person @param {boolean} on */
export const isPushed = (person, on = true) =>
  person.page.waitForFunction((wanted) => globalThis.mozchat.feed.isPushed === wanted, on);

/** What somebody got from another, in the order of coming. */
export const heard = ({ page }, from) =>
  page.evaluate(
    (author) =>
      globalThis.mozchat.chat.entries.filter((one) => one.author === author).map((one) => one.text),
    from,
  );

/** Waits until this was the last. */
export const hears = ({ page }, from, text) =>
  page.waitForSelector(`#messages li[data-author="${from}"]:has-text("${text}")`);

export const say = ({ page }, to, text) =>
  page.evaluate(([target, words]) => globalThis.mozchat.chat.send(target, words), [to, text]);

/** How many requests of each kind the page has made that look for news. */
export const asked = ({ page }) =>
  page.evaluate(() => {
    const {
      pulse = 0,
      poll = 0,
      longPoll = 0,
      users = 0,
      relay = 0,
    } = globalThis.mozchat.api.requests;
    return pulse + poll + longPoll + users + relay;
  });
