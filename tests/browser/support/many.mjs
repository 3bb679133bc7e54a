// A thread with many clips, as if they had come over a long time.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { giveAway } from './apache.mjs';

const PEOPLE = [
  'Ann',
  'Анна',
  'Bartholomew Featherstonehaugh',
  'X',
  'Wolfgang-Amadeus_von_Sonnenburg',
];

/** @param {string} thread the thread's folder @param {number} count */
export async function manyClips(thread, count) {
  const media = join(thread, 'media1');
  await mkdir(media, { recursive: true });
  const rows = [];
  for (let i = 0; i < count; i += 1) {
    const time = Date.now() - (count - i) * 60_000;
    const name = `${time.toString(36)}-${String(i).padStart(16, '0')}.webm`;
    await writeFile(join(media, name), 'x'.repeat(50 + i));
    const about = i % 3 ? '' : 'Donaudampfschifffahrtsgesellschaftskapitän '.repeat(1 + (i % 4));
    const kind = i % 7 ? 'audio/webm' : 'video/webm';
    const expire = Math.round(time / 1000) + 9_000_000;
    rows.push([name, PEOPLE[i % 5], 'Nov_24_10:00:00', kind, 1 + i, 50 + i, expire, about.trim()]);
  }
  await writeFile(join(thread, 'catalog.json'), JSON.stringify(rows));
  await giveAway(thread);
}
