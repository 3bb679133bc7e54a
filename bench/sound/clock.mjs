// When things happen to a clip, noted in the pages of who speaks and who listens. All times are milliseconds since
// 1970; both pages are on this machine, so their clocks agree.

/** Notes when RECORD is let go and when the clip is made. @param {import('../../tests/browser/support/people.mjs').Person} person */
export const watchSpeaker = (person) =>
  person.page.evaluate(() => {
    const wall = (time) => performance.timeOrigin + time;
    const clock = (globalThis.clock = { released: 0, encoded: 0, stored: 0 });
    const release = ({ timeStamp }) => (clock.released = wall(timeStamp));
    addEventListener('pointerup', release, { capture: true });
    const { recorder, outbox } = globalThis.mozchat;
    const [onClip, onSent] = [recorder.onClip, outbox.onSent];
    recorder.onClip = (clip) => {
      clock.encoded = wall(performance.now());
      onClip(clip);
    };
    outbox.onSent = (item, id) => {
      // Its name says when the server took it.
      clock.stored = parseInt(id, 36);
      onSent(item, id);
    };
  });

/** Notes when the list has a clip and when it is here. @param {import('../../tests/browser/support/people.mjs').Person} person */
export const watchListener = (person) =>
  person.page.evaluate(() => {
    const wall = (time) => performance.timeOrigin + time;
    const clock = (globalThis.clock = { known: 0, here: 0 });
    const { feed } = globalThis.mozchat;
    const { onList } = feed;
    let count = 0;
    feed.onList = (list, ...more) => {
      if (list.length > count) clock.known = wall(performance.now());
      count = list.length;
      onList(list, ...more);
    };
    const seen = (entries) => {
      for (const { name, responseEnd } of entries.getEntries()) {
        if (name.includes('/media1/')) clock.here = wall(responseEnd);
      }
    };
    new PerformanceObserver(seen).observe({ type: 'resource' });
  });

/** What a page has noted, and forgets. @param {import('../../tests/browser/support/people.mjs').Person} person */
export const noted = (person) =>
  person.page.evaluate(() => {
    const { clock } = globalThis;
    const copy = { ...clock };
    for (const key of Object.keys(clock)) clock[key] = 0;
    return copy;
  });
