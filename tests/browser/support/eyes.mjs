// What a page shows of clips with a picture, moment by moment.

/** Begins to look at the stage. @param {import('./people.mjs').Person} person */
export const lookAtStage = (person) =>
  person.page.evaluate(() => {
    const canvas = new OffscreenCanvas(32, 24);
    const context = canvas.getContext('2d', { willReadFrequently: true });
    const seen = (globalThis.seen = []);
    let last = '';
    const look = (now) => {
      requestAnimationFrame(look);
      const stage = document.getElementById('stage');
      if (stage.hidden || document.getElementById('player').dataset.state !== 'playing') {
        // Before the first clip and after the last one there is nothing to see.
        if (seen.length) seen.ended = true;
        return;
      }
      const { left, top, width, height } = stage.getBoundingClientRect();
      const video = document.elementFromPoint(left + width / 2, top + height / 2);
      context.fillRect(0, 0, 32, 24);
      if (video instanceof HTMLVideoElement && video.videoWidth) {
        context.drawImage(video, 0, 0, 32, 24);
      }
      const { data } = context.getImageData(0, 0, 32, 24);
      const light = data.reduce((sum, one, n) => sum + (n % 4 < 3 ? one : 0), 0) / data.length;
      const picture = data.join();
      seen.push({ now, light, isNew: picture !== last });
      last = picture;
    };
    requestAnimationFrame(look);
  });

/**
 * What was seen from the first picture on: how many looks there were, how many saw black, and for how long the picture
 * stood still at most, in milliseconds.
 * @param {import('./people.mjs').Person} person
 */
export const seenOnStage = (person) =>
  person.page.evaluate(() => {
    const { seen } = globalThis;
    const looks = seen.slice(seen.findIndex(({ light }) => light > 10));
    const black = looks.filter(({ light }) => light < 10).length;
    const moves = looks.filter(({ isNew }) => isNew).map(({ now }) => now);
    const stands = moves.slice(1).map((now, n) => now - moves[n]);
    return { looks: looks.length, black, still: Math.round(Math.max(0, ...stands)) };
  });
