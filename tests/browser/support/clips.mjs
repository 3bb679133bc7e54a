// Clips of others: real sounds that lie in a thread already, or come by upload while somebody listens.
import { execFile } from 'node:child_process';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { giveAway } from './apache.mjs';

/** Writes a WebM with a tone, or with what ffmpeg makes of other words. @param {string} path @param {number} seconds @param {string} [sound] */
export const makeClip = (path, seconds, sound = `sine=frequency=500:duration=${seconds}`) =>
  promisify(execFile)('ffmpeg', `-v error -y -f lavfi -i ${sound} -c:a libopus ${path}`.split(' '));

/**
 * Puts clips into a thread's media1, oldest first, a minute apart. Returns their ids.
 * @param {string} thread the thread's folder
 * @param {{author: string, seconds: number, sound?: string, name?: string, dateTime?: string}[]} clips name, dateTime: as another program
 * gave them; sound: instead of a tone
 */
export async function putClips(thread, clips) {
  const media = join(thread, 'media1');
  await mkdir(media, { recursive: true });
  const rows = [];
  for (const [i, { author, seconds, sound, name, dateTime }] of clips.entries()) {
    const time = Date.now() - (clips.length - i) * 60_000;
    const id = name ?? `${time.toString(36)}-${String(i).padStart(16, '0')}.webm`;
    await makeClip(join(media, id), seconds, sound);
    const { size } = await stat(join(media, id));
    const expire = Math.round(time / 1000) + 9_000_000;
    rows.push([id, author, dateTime ?? 'Nov_24_10:00:00', 'audio/webm', seconds, size, expire, '']);
  }
  await writeFile(join(thread, 'catalog.json'), JSON.stringify(rows));
  await giveAway(thread);
  return rows.map(([id]) => id);
}

/** Uploads a clip as another page would; returns its id. @param {{url: string, folder: string}} site @param {string} realm @param {string} user @param {number} seconds */
export async function sendClip(site, realm, user, seconds) {
  const path = join(site.folder, 'sent.webm');
  await makeClip(path, seconds);
  const form = new FormData();
  const uploadId = Array.from({ length: 16 }, () => Math.floor(Math.random() * 10)).join('');
  const about = { mime: 'audio/webm', ext: 'webm', duration: String(seconds), uploadId };
  const fields = { user, realm, act: 'uploadBlob', description: '', ...about };
  for (const [key, value] of Object.entries(fields)) form.append(key, value);
  form.append('blob', new Blob([await readFile(path)], { type: 'audio/webm' }), 'clip.webm');
  const answer = await fetch(new URL('cgi-bin/upload.cgi', site.url), {
    method: 'POST',
    body: form,
    headers: { Origin: new URL(site.url).origin },
  });
  const { id, error } = await answer.json();
  if (!id) throw new Error(error);
  return id;
}
