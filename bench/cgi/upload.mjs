// One upload after the other.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { promisify } from 'node:util';

const BOUNDARY = 'mozchat-bench-boundary';
const agent = new Agent({ keepAlive: false });
const WEBM = [0x1a, 0x45, 0xdf, 0xa3];
const bytes = Buffer.concat([Buffer.from(WEBM), randomBytes(50_000_000)]);

/**
 * Uploads a clip, and returns how many such would go into a second.
 * @param {string} url
 * @param {string} who user and realm, urlencoded; empty: the bytes go as they are
 * @param {number} size in bytes
 * @param {string} [cookie]
 */
export async function uploadsPerSecond(url, who, size, cookie = '') {
  const body = who ? form(who, bytes.subarray(0, size)) : bytes.subarray(0, size);
  const type = who ? `multipart/form-data; boundary=${BOUNDARY}` : 'application/octet-stream';
  const began = performance.now();
  const headers = {
    'Content-Type': type,
    'Content-Length': body.length,
    Connection: 'close',
    Cookie: cookie,
  };
  const ask = request(url, { method: 'POST', agent, headers });
  ask.end(body);
  const [answer] = await once(ask, 'response');
  let text = '';
  for await (const chunk of answer) text += chunk;
  const seconds = (performance.now() - began) / 1000;
  if (answer.statusCode !== 200 || text.includes('"error"')) throw new Error(`${url}: ${text}`);
  return 1 / seconds;
}

/** Lets the disk finish what others have left to it, so that nobody waits for that. */
export async function settleDisk() {
  await promisify(execFile)('sync');
}

/** A form as a browser sends it. @param {string} who @param {Buffer} clip */
function form(who, clip) {
  const fields = { act: 'uploadBlob', mime: 'audio/webm;codecs=opus', ext: 'webm', duration: '2' };
  const all = [...new URLSearchParams(who), ...Object.entries(fields)];
  const texts = all.map(
    ([name, value]) =>
      `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  const file = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="blob"; filename="blob"\r\nContent-Type: audio/webm\r\n\r\n`;
  return Buffer.concat([
    Buffer.from(texts.join('') + file),
    clip,
    Buffer.from(`\r\n--${BOUNDARY}--\r\n`),
  ]);
}
