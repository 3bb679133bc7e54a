// @ts-check
// Small helpers around RTCPeerConnection.

/** How long a description waits for candidates, which then need no message of their own. */
const GATHER_MS = 250;

/** A connection; what the admin set wrongly must not keep two pages in one house apart. @param {RTCConfiguration} options */
export function connection(options) {
  try {
    return new RTCPeerConnection(options);
  } catch (error) {
    console.warn('The ICE servers of this thread are not understood:', error);
    return new RTCPeerConnection({ ...options, iceServers: [] });
  }
}

/** Whether a picture comes from the other. @param {RTCPeerConnection} pc */
export const comesPicture = (pc) =>
  pc.getTransceivers().some(({ receiver, currentDirection }) => {
    return receiver.track.kind === 'video' && /recv/.test(currentDirection ?? '');
  });

/** Resolves when all candidates are found, or it has taken long enough. @param {RTCPeerConnection} pc @returns {Promise<void>} */
export function gathered(pc) {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      pc.removeEventListener('icegatheringstatechange', look);
      resolve();
    };
    const look = () => pc.iceGatheringState === 'complete' && done();
    const timer = setTimeout(done, GATHER_MS);
    pc.addEventListener('icegatheringstatechange', look);
    look();
  });
}

/** There is no use in waiting for a call that can't come about. @param {RTCPeerConnection} pc @param {RTCSessionDescription | null} description */
export function mustLead({ iceGatheringState }, description) {
  const isLost = iceGatheringState === 'complete' && !/^a=candidate:/m.test(description?.sdp ?? '');
  if (isLost) throw new Error('no network candidate was found');
  return description;
}

const CAMERA_BITS = 1_200_000;
/** Letters must stay sharp. */
const SCREEN_BITS = 2_500_000;

/** Where the line is too poor for all, the sound comes first; of a camera fewer and smaller frames, of a screen fewer. @param {RTCPeerConnection} pc */
export function tune(pc) {
  for (const sender of pc.getSenders()) tuneSender(sender).catch(() => {});
}

/** @param {RTCRtpSender} sender */
async function tuneSender(sender) {
  const { track } = sender;
  // Before the first description there is nothing to tune; Firefox gives an empty list then.
  const parameters = /** @type {any} */ (sender.getParameters());
  const [encoding] = parameters.encodings ?? [];
  if (!track || !encoding) return;
  if (track.kind === 'audio') encoding.priority = encoding.networkPriority = 'high';
  else {
    const isScreen = track.contentHint === 'detail';
    encoding.maxBitrate = isScreen ? SCREEN_BITS : CAMERA_BITS;
    parameters.degradationPreference = isScreen ? 'maintain-resolution' : 'balanced';
  }
  await sender.setParameters(parameters);
}
