#!/bin/bash
# mediabunny 1.61.0 reads an MP4 in which a fragment's head stands there twice before its data (as WebKitGTK's MediaRecorder
# writes it) as if the sound were there twice: the same packets come with the same times, and no error.
# Touches: the decision that recordings go through our own demuxers. Needs nodejs, npm.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null; npm install --no-audit --no-fund --silent mediabunny@1.61.0 >/dev/null 2>&1
cat >try.mjs <<'JS'
import { ADTS, AudioSample, BufferSource, BufferTarget, EncodedAudioPacketSource, EncodedPacket, EncodedPacketSink, Input, MP4, Mp4OutputFormat, Output } from 'mediabunny';
const target = new BufferTarget();
const output = new Output({ format: new Mp4OutputFormat({ fastStart: 'fragmented', minimumFragmentDuration: 0.5 }), target });
const source = new EncodedAudioPacketSource('aac');
output.addAudioTrack(source);
await output.start();
const decoderConfig = { codec: 'mp4a.40.2', sampleRate: 48_000, numberOfChannels: 1, description: Uint8Array.of(0x11, 0x88) };
for (let n = 0; n < 94; n++) await source.add(new EncodedPacket(Uint8Array.of(1, n, 3), 'key', n * 1024 / 48_000, 1024 / 48_000), { decoderConfig });
await output.finalize();
const plain = Buffer.from(target.buffer);
let head = null;
const parts = [];
for (let at = 0; at < plain.length; ) {
  const size = plain.readUInt32BE(at);
  const box = plain.subarray(at, at + size);
  if (plain.toString('latin1', at + 4, at + 8) === 'mfra') break;
  if (plain.toString('latin1', at + 4, at + 8) === 'moof') head = parts.length;
  parts.push(box);
  at += size;
}
const twice = Buffer.concat([...parts.slice(0, head + 1), ...parts.slice(head)]);
async function packets(file) {
  const track = await new Input({ formats: [MP4], source: new BufferSource(file) }).getPrimaryAudioTrack();
  const times = [];
  for await (const { timestamp } of new EncodedPacketSink(track).packets()) times.push(timestamp.toFixed(4));
  return [times.length, new Set(times).size];
}
const [usual, odd] = [await packets(Buffer.concat(parts)), await packets(twice)];
console.log(`mediabunny 1.61.0: packets and different times of the plain file: ${usual}; with the last head twice: ${odd}`);
process.exit(usual[0] === usual[1] && odd[0] > odd[1] ? 0 : 1);
JS
node try.mjs
