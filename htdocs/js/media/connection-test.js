// @ts-check
// Which ways through the network work from here: direct, found with a STUN server, through a TURN relay.

/** none: the thread names no such server. @typedef {'works' | 'fails' | 'none'} Result */
/** @typedef {'direct' | 'stun' | 'turn'} Way */

const PATIENCE_MS = 10_000;

/**
 * Tries each way and tells each result as it is known.
 * @param {RTCIceServer[]} iceServers
 * @param {(way: Way, result: Result) => void} onResult
 */
export async function testConnection(iceServers, onResult) {
  const [stun, turn] = [only(iceServers, /^stuns?:/), only(iceServers, /^turns?:/)];
  const works = (/** @type {boolean} */ good) => (good ? 'works' : 'fails');
  await Promise.all([
    connects({}).then((good) => onResult('direct', works(good))),
    stun.length
      ? finds(stun).then((good) => onResult('stun', works(good)))
      : onResult('stun', 'none'),
    turn.length
      ? connects({ iceServers: turn, iceTransportPolicy: 'relay' }).then((good) =>
          onResult('turn', works(good)),
        )
      : onResult('turn', 'none'),
  ]);
}

/** The servers of one kind, without addresses of the other. @param {RTCIceServer[]} servers @param {RegExp} kind */
const only = (servers, kind) =>
  servers
    .map((server) => ({ ...server, urls: [server.urls].flat().filter((url) => kind.test(url)) }))
    .filter(({ urls }) => urls.length);

/** Whether two connections of this page find each other. @param {RTCConfiguration} options @returns {Promise<boolean>} */
function connects(options) {
  return inTime(options, 2, async (resolve, [one, other]) => {
    one.onicecandidate = ({ candidate }) => candidate && other.addIceCandidate(candidate);
    other.onicecandidate = ({ candidate }) => candidate && one.addIceCandidate(candidate);
    one.createDataChannel('test').onopen = () => resolve(true);
    await one.setLocalDescription();
    await other.setRemoteDescription(/** @type {any} */ (one.localDescription));
    await other.setLocalDescription();
    await one.setRemoteDescription(/** @type {any} */ (other.localDescription));
  });
}

/** Whether STUN servers tell our address. @param {RTCIceServer[]} iceServers @returns {Promise<boolean>} */
function finds(iceServers) {
  return inTime({ iceServers }, 1, async (resolve, [pc]) => {
    let failed = false;
    pc.onicecandidateerror = () => (failed = true);
    pc.onicecandidate = ({ candidate }) => {
      if (candidate?.type === 'srflx') resolve(true);
      // An address that is our own already is not told again.
      else if (!candidate) resolve(!failed);
    };
    pc.createDataChannel('test');
    await pc.setLocalDescription();
  });
}

/**
 * Makes connections, lets `work` say whether all is well, and closes them.
 * @param {RTCConfiguration} options
 * @param {number} count
 * @param {(resolve: (good: boolean) => void, pcs: RTCPeerConnection[]) => Promise<void>} work
 * @returns {Promise<boolean>}
 */
async function inTime(options, count, work) {
  /** @type {RTCPeerConnection[]} */
  const pcs = [];
  try {
    for (let i = 0; i < count; i++) pcs.push(new RTCPeerConnection(options));
    return await new Promise((resolve, reject) => {
      setTimeout(() => resolve(false), PATIENCE_MS);
      work(resolve, pcs).catch(reject);
    });
  } catch {
    return false;
  } finally {
    for (const pc of pcs) pc.close();
  }
}
