// The original's side of a call, as strictly as its page behaves: each kind of message is taken in one state only and
// passed over in silence otherwise, it makes or takes one offer a call, and JSON goes out in a form without being encoded.

/** Runs in a page: makes `globalThis.old`. @param {{user: string, realm: string, video?: boolean}} who video: its box “video” is ticked */
export function oldPage({ user, realm, video = false }) {
  const old = { state: 'ready', sid: '', other: '', pc: null, heard: [], ignored: [], texts: [] };
  // Whether it answers by itself, as it does unless one changes that; and pictures that it shows.
  Object.assign(old, { answers: true, shows: '', problems: [] });
  globalThis.old = old;
  const kind = video ? 'video' : 'audio';

  // One request after another, in their order.
  let sending = Promise.resolve();
  const post = (act, target, fields) => {
    const json = JSON.stringify({ ...fields, target, act, user, realm });
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
    const send = () =>
      fetch('cgi-bin/upload.cgi', { method: 'POST', headers, body: `json=${json}` });
    const sent = sending.then(send).then((answer) => answer.json());
    sending = sent.catch((error) => old.problems.push(String(error)));
    return sent;
  };
  const relay = (type, fields) => post('relay', old.other, { type, ...fields });
  const ourCall = () => ({ sid: old.sid });

  function close() {
    old.pc?.close();
    Object.assign(old, { pc: null, state: 'ready', sid: '', other: '', shows: '' });
  }

  function connect() {
    const pc = (old.pc = new RTCPeerConnection({ iceServers: [] }));
    old.state = 'preparing';
    pc.onnegotiationneeded = async () => {
      await pc.setLocalDescription(await pc.createOffer());
      relay('video-offer', { ...ourCall(), video: kind, sdp: pc.localDescription });
    };
    pc.onicecandidate = ({ candidate }) => {
      if (candidate) relay('new-ice-candidate', { ...ourCall(), candidate });
    };
    pc.oniceconnectionstatechange = () => {
      if (pc !== old.pc) return;
      if (['closed', 'failed', 'disconnected'].includes(pc.iceConnectionState)) close();
      if (pc.iceConnectionState === 'connected') old.state = 'speak';
    };
    return pc;
  }

  /** @param {RTCPeerConnection} pc @param {boolean} withPicture */
  async function addTracks(pc, withPicture) {
    pc.ontrack = ({ streams }) => {
      if (withPicture && streams[0]?.getVideoTracks().length) old.shows = 'picture';
    };
    const media = await navigator.mediaDevices.getUserMedia({ audio: true, video: withPicture });
    for (const track of media.getTracks()) pc.addTrack(track, media);
  }

  const isMine = ({ target, sid }) => target === user && !!sid && sid === old.sid;
  /** What each kind needs: the states in which it is taken, whether its call must be this one, and what it does. */
  const acts = {
    invite: [['ready'], false, ({ user: other, video: wanted }) => {
      if (!old.answers || (wanted === 'video' && !video)) {
        return post('relay', other, { type: 'rejectCall' });
      }
      Object.assign(old, { other, state: 'inCall', sid: crypto.randomUUID().replaceAll('-', '').slice(0, 10) }); // prettier-ignore
      return post('logNrelay', other, { type: 'accept', ...ourCall(), video: wanted });
    }],
    accept: [['outCall'], false, ({ sid }) => {
      old.sid = sid;
      return addTracks(connect(), video);
    }],
    'video-offer': [['inCall'], true, async ({ sdp, video: wanted }) => {
      const pc = connect();
      const withPicture = wanted === 'video' && video;
      await pc.setRemoteDescription(sdp);
      await addTracks(pc, withPicture);
      if (withPicture && pc.getReceivers().some(({ track }) => track.kind === 'video')) old.shows = 'picture'; // prettier-ignore
      await pc.setLocalDescription(await pc.createAnswer());
      await relay('video-answer', { ...ourCall(), sdp: pc.localDescription });
    }],
    'video-answer': [['preparing', 'speak'], true, ({ sdp }) => old.pc.setRemoteDescription(sdp)],
    'new-ice-candidate': [['preparing', 'speak'], true, ({ candidate }) => old.pc.addIceCandidate(candidate)],
    // While it calls, it has no id of the call yet, so that no rejection is its own.
    rejectCall: [['preparing', 'inCall'], true, close],
    'hang-up': [['preparing', 'speak'], true, close],
    message: [['ready', 'outCall', 'inCall', 'preparing', 'speak'], false, ({ text }) => old.texts.push(text)],
  }; // prettier-ignore

  function take(message) {
    if (!message.type) return;
    old.heard.push(message.type);
    if (message.type === 'invite' && old.state !== 'ready') {
      return post('relay', message.user, { type: 'rejectCall' });
    }
    const [states, mine, act] = acts[message.type] ?? [[]];
    if (!states.includes(old.state) || (mine && !isMine(message))) {
      return void old.ignored.push(`${message.type} in ${old.state}`);
    }
    // Nothing waits for what a message sets off.
    Promise.resolve(act(message)).catch((error) => old.problems.push(`${message.type}: ${error}`));
  }

  old.call = (other) => {
    Object.assign(old, { other, state: 'outCall' });
    return relay('invite', { video: kind, id: '' });
  };
  old.hangUp = () => {
    const said = post('logNrelay', old.other, { type: 'hang-up', sid: old.sid });
    close();
    return said;
  };
  old.energy = async () => {
    const all = [...((await old.pc?.getStats()) ?? new Map()).values()];
    return all.find(({ type, kind: of }) => type === 'inbound-rtp' && of === 'audio')?.totalAudioEnergy ?? 0; // prettier-ignore
  };

  async function poll() {
    const all = { user, realm, act: 'poll', catSince: '0', catBytes: '0', usersSince: '0' };
    const query = new URLSearchParams({ ...all, catCrc: '1234', ...(old.sid && ourCall()) });
    const answer = await (await fetch(`cgi-bin/poll.cgi?${query}`)).json();
    for (const message of answer.pack ?? [answer]) take(message);
  }
  const again = () => poll().finally(() => setTimeout(again, 250));
  again();
}
