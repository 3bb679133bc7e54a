// @ts-check
// The keys of headsets and lock screens, and what they show of the clip that plays.

/** @typedef {import('./player.js').Player} Player */

const JUMP_SEC = 5;
/** @type {MediaSessionAction[]} */
const ACTIONS = ['play', 'pause', 'stop', 'seekbackward', 'seekforward', 'nexttrack', 'seekto'];

/** @param {MediaSessionAction} action @param {MediaSessionActionHandler | null} handler */
function handle(action, handler) {
  try {
    navigator.mediaSession.setActionHandler(action, handler);
  } catch {
    // A browser that does not know this one.
  }
}

/** Ties the keys to the player. @param {Player} player */
export function bindMediaKeys(player) {
  if (!('mediaSession' in navigator)) return;
  // Each says what it wants; pressed twice it must not do the opposite.
  handle('play', () => player.state === 'paused' && player.togglePause());
  handle('pause', () => player.state !== 'paused' && player.togglePause());
  handle('stop', () => player.stop());
  const jump = (/** @type {number} */ seconds) => player.seek(player.position + seconds);
  handle('seekbackward', ({ seekOffset }) => jump(-(seekOffset || JUMP_SEC)));
  handle('seekforward', ({ seekOffset }) => jump(seekOffset || JUMP_SEC));
  handle('nexttrack', () => player.next());
  handle('seekto', ({ seekTime }) => player.seek(seekTime ?? 0));
}

/** Takes the keys off. */
export function releaseMediaKeys() {
  if (!('mediaSession' in navigator)) return;
  for (const action of ACTIONS) handle(action, null);
  navigator.mediaSession.metadata = null;
}

/** Shows what plays. @param {Player} player @param {string} album the thread's title */
export function showMedia(player, album) {
  if (!('mediaSession' in navigator)) return;
  const { clip, state } = player;
  const words = {
    title: clip?.description || (clip?.author ?? ''),
    artist: clip?.author ?? '',
    album,
  };
  navigator.mediaSession.metadata = clip ? new MediaMetadata(words) : null;
  const shown = state === 'playing' ? 'playing' : clip ? 'paused' : 'none';
  navigator.mediaSession.playbackState = shown;
}

/** Shows where in the clip it is. @param {Player} player */
export function showPosition({ clip, duration, position, element }) {
  if (!clip || !duration || !navigator.mediaSession?.setPositionState) return;
  navigator.mediaSession.setPositionState({
    duration,
    position: Math.min(duration, position),
    playbackRate: element.playbackRate,
  });
}
