// @ts-check
// Which ways through the network work from here: direct, found with a STUN server, through a TURN relay.

/**
 * none: the thread names no such server. refused: the relay doesn't accept the password. half: it takes us, but two
 * who both need it don't reach each other.
 * @typedef {'works' | 'fails' | 'none' | 'refused' | 'half'} Result
 */
/** @typedef {'direct' | 'stun' | 'turn'} Way */

const PATIENCE_MS = 10_000;
/** How much longer a relay that has taken us may need to pass something on. */
const LOOP_MS = 5000;
/** What a TURN server answers to a wrong password (RFC 8489 and 8656). */
const REFUSALS = new Set([401, 403, 431, 438, 441]);

/**
 * Tries each way and tells each result as it is known.
 * @param {RTCIceServer[]} iceServers
 * @param {(way: Way, result: Result) => void} onResult
 */
export async function testConnection(iceServers, onResult) {
  const [stun, turn] = [only(iceServers, /^stuns?:/), only(iceServers, /^turns?:/)];
  await Promise.all([
    connects().then((result) => onResult('direct', result)),
    stun.length ? finds(stun).then((result) => onResult('stun', result)) : onResult('stun', 'none'),
    turn.length
      ? relays(turn).then((result) => onResult('turn', result))
      : onResult('turn', 'none'),
  ]);
}

/** The servers of one kind, without addresses of the other. @param {RTCIceServer[]} servers @param {RegExp} kind */
const only = (servers, kind) =>
  servers
    .map((server) => ({ ...server, urls: [server.urls].flat().filter((url) => kind.test(url)) }))
    .filter(({ urls }) => urls.length);

/** Whether two connections of this page find each other. */
const connects = () =>
  inTime({}, 2, 'fails', (resolve, pcs) => join(pcs).then(() => resolve('works')));

/** Whether STUN servers tell our address. @param {RTCIceServer[]} iceServers */
const finds = (iceServers) =>
  inTime({ iceServers }, 1, 'fails', async (resolve, [pc]) => {
    // Where errors can't be told apart, only an address counts.
    let failed = !('onicecandidateerror' in pc);
    pc.onicecandidateerror = () => (failed = true);
    pc.onicecandidate = ({ candidate }) => {
      if (candidate?.type === 'srflx') resolve('works');
      // An address that is our own already is not told again.
      else if (!candidate) resolve(failed ? 'fails' : 'works');
    };
    pc.createDataChannel('test');
    await pc.setLocalDescription();
  });

/** Whether two connections find each other by way of the relay. @param {RTCIceServer[]} iceServers */
const relays = (iceServers) =>
  inTime({ iceServers, iceTransportPolicy: 'relay' }, 2, 'fails', async (resolve, pcs) => {
    const [pc] = pcs;
    let refused = false;
    let taken = false;
    pc.addEventListener('icecandidateerror', ({ errorCode }) => {
      refused ||= REFUSALS.has(errorCode);
    });
    pc.addEventListener('icecandidate', ({ candidate }) => {
      if (candidate?.candidate && !taken) setTimeout(() => resolve('half'), LOOP_MS);
      taken ||= !!candidate?.candidate;
      if (!candidate && !taken) resolve(refused ? 'refused' : 'fails');
    });
    await join(pcs);
    resolve('works');
  });

/** Resolves when two connections have found each other. @param {RTCPeerConnection[]} pcs @returns {Promise<void>} */
async function join([one, other]) {
  const pass = (/** @type {RTCPeerConnection} */ from, /** @type {RTCPeerConnection} */ to) =>
    from.addEventListener('icecandidate', ({ candidate }) => {
      if (candidate) to.addIceCandidate(candidate).catch(() => {});
    });
  pass(one, other);
  pass(other, one);
  const channel = one.createDataChannel('test');
  const open = new Promise((resolve) => (channel.onopen = resolve));
  await one.setLocalDescription();
  await other.setRemoteDescription(/** @type {any} */ (one.localDescription));
  await other.setLocalDescription();
  await one.setRemoteDescription(/** @type {any} */ (other.localDescription));
  await open;
}

/**
 * Makes connections, lets `work` say how it went, and closes them.
 * @param {RTCConfiguration} options
 * @param {number} count
 * @param {Result} otherwise when nothing is said in time
 * @param {(resolve: (result: Result) => void, pcs: RTCPeerConnection[]) => Promise<void>} work
 * @returns {Promise<Result>}
 */
async function inTime(options, count, otherwise, work) {
  /** @type {RTCPeerConnection[]} */
  const pcs = [];
  try {
    for (let i = 0; i < count; i++) pcs.push(new RTCPeerConnection(options));
    return await new Promise((resolve, reject) => {
      setTimeout(() => resolve(otherwise), PATIENCE_MS);
      work(resolve, pcs).catch(reject);
    });
  } catch {
    return otherwise;
  } finally {
    for (const pc of pcs) pc.close();
  }
}
