/** @typedef {import('./captions.js').AudioSource} AudioSource */

const SAMPLE_RATE = 16_000;
const SLICE_MS = 250;

/**
 * Plays a clip aloud and sends it in slices at the speed of speech, as a microphone would.
 *
 * @param {string} url
 * @returns {AudioSource}
 */
export function playAsMicrophone(url) {
  return {
    format: { codec: 's16le', sampleRate: SAMPLE_RATE },
    async start(onChunk, onEnd) {
      const context = new AudioContext({ sampleRate: SAMPLE_RATE });
      const response = await fetch(url);
      const clip = await context.decodeAudioData(await response.arrayBuffer());
      const pcm = toS16le(clip.getChannelData(0));
      const node = new AudioBufferSourceNode(context, { buffer: clip });
      node.connect(context.destination);
      node.start();
      const startedAt = performance.now();
      let sent = 0;
      const timer = setInterval(() => {
        const due = Math.min(pcm.length, Math.round(((performance.now() - startedAt) * SAMPLE_RATE) / 1_000));
        if (due > sent) onChunk(pcm.slice(sent, due).buffer);
        sent = due;
        if (sent === pcm.length) stop();
      }, SLICE_MS);
      const stop = () => {
        clearInterval(timer);
        void context.close();
        onEnd();
      };
      return stop;
    },
  };
}

/**
 * The microphone, recorded by the browser in slices.
 *
 * @returns {AudioSource}
 */
export function recordMicrophone() {
  return {
    format: { codec: 'auto' },
    async start(onChunk, onEnd) {
      if (!navigator.mediaDevices)
        throw new Error('Browsers give the microphone to https and localhost pages only.');
      // What a browser does to speech for a telephone call swallows the ends of words, and cuts a sentence in two for a model.
      const asItIs = { noiseSuppression: false, echoCancellation: false };
      const microphone = await navigator.mediaDevices.getUserMedia({ audio: asItIs });
      const recorder = new MediaRecorder(microphone);
      /** @type {Promise<void>} chunks are read one after the other, so they keep their order */
      let reading = Promise.resolve();
      recorder.addEventListener('dataavailable', ({ data }) => {
        reading = reading.then(async () => onChunk(await data.arrayBuffer()));
      });
      recorder.addEventListener('stop', () => {
        for (const track of microphone.getTracks()) track.stop();
        void reading.then(onEnd);
      });
      recorder.start(SLICE_MS);
      return () => recorder.stop();
    },
  };
}

/** @param {Float32Array} samples in -1..1 */
function toS16le(samples) {
  return Int16Array.from(samples, (sample) =>
    Math.max(-32_768, Math.min(32_767, Math.round(sample * 32_768))),
  );
}
