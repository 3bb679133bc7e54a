// The original page's side of a call, as far as the wire shows it: raw requests to upload.cgi and poll.cgi, one message
// a candidate, an invitation without an offer, an id that the one who is called makes.

/** Runs in a page: makes `globalThis.old`. @param {{user: string, realm: string}} who */
export function oldPage({ user, realm }) {
  const old = { heard: [], sid: '', pc: null, answering: true, ended: '' };
  globalThis.old = old;
  const send = (act, target, fields) =>
    fetch('cgi-bin/upload.cgi', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ user, realm, act, target, ...fields }),
    }).then((answer) => answer.json());
  old.send = send;

  async function connect(other) {
    const pc = (old.pc = new RTCPeerConnection({ iceServers: [] }));
    pc.onicecandidate = ({ candidate }) => {
      const fields = { type: 'new-ice-candidate', sid: old.sid, candidate };
      if (candidate) send('relay', other, fields);
    };
    const media = await navigator.mediaDevices.getUserMedia({ audio: true });
    return media.getTracks().map((track) => () => pc.addTrack(track, media));
  }

  const acts = {
    async invite({ user: other }) {
      if (!old.answering)
        return send('logNrelay', other, { type: 'rejectCall', sid: 'oldrejectsid' });
      old.sid = 'oldcalledsid';
      await send('logNrelay', other, { type: 'accept', sid: old.sid, video: '' });
    },
    async accept({ user: other, sid }) {
      old.sid = sid;
      for (const add of await connect(other)) add();
      await old.pc.setLocalDescription(await old.pc.createOffer());
      await send('relay', other, { type: 'video-offer', sid, sdp: old.pc.localDescription });
    },
    async 'video-offer'({ user: other, sid, sdp }) {
      const adds = await connect(other);
      await old.pc.setRemoteDescription(sdp);
      for (const add of adds) add();
      await old.pc.setLocalDescription(await old.pc.createAnswer());
      await send('relay', other, { type: 'video-answer', sid, sdp: old.pc.localDescription });
    },
    'video-answer': ({ sdp }) => old.pc.setRemoteDescription(sdp),
    'new-ice-candidate': ({ candidate }) => old.pc?.addIceCandidate(candidate),
    rejectCall: () => (old.ended = 'rejectCall'),
    'hang-up': () => {
      old.pc?.close();
      old.ended = 'hang-up';
    },
  };

  async function poll() {
    const all = { user, realm, act: 'poll', catSince: '0', catBytes: '0', usersSince: '0' };
    const query = new URLSearchParams({ ...all, catCrc: '1234', ...(old.sid && { sid: old.sid }) });
    const answer = await (await fetch(`cgi-bin/poll.cgi?${query}`)).json();
    for (const message of answer.pack ?? [answer]) {
      if (!message.type) continue;
      old.heard.push(message.type);
      await acts[message.type]?.(message);
    }
  }
  const again = () => poll().finally(() => setTimeout(again, 250));
  again();
  old.energy = async () => {
    const all = [...((await old.pc?.getStats()) ?? new Map()).values()];
    return all.find(({ type }) => type === 'inbound-rtp')?.totalAudioEnergy ?? 0;
  };
}
