// The camera: a frame about every PERIOD milliseconds is sent as a JPEG, one at a time.
const PERIOD = 700;
const LONGEST = 960; // pixels of the longer side that are sent

const sleep = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

export class Camera {
  constructor(video, check, { onFrame, onError }) {
    Object.assign(this, { video, check, onFrame, onError, stream: null, canvas: document.createElement("canvas") });
  }

  get running() {
    return this.stream !== null;
  }

  async start() {
    if (!navigator.mediaDevices) {
      throw new Error("The browser gives the camera to pages of https or localhost only; open the page that way.");
    }
    const wanted = { video: { facingMode: "user", width: { ideal: 1280 } }, audio: false };
    this.stream = await navigator.mediaDevices.getUserMedia(wanted).catch((error) => {
      throw new Error(`The camera cannot be used (${error.name}); allow it for this page, or choose a file.`);
    });
    this.stopped = new AbortController();
    this.stream.getVideoTracks()[0].addEventListener("ended", () => this.stop());
    this.video.srcObject = this.stream;
    await this.video.play();
    this.loop(this.stopped.signal);
  }

  stop() {
    if (!this.stream) return;
    this.stopped.abort();
    this.stream.getTracks().forEach((track) => track.stop());
    this.stream = this.video.srcObject = null;
  }

  async loop(signal) {
    while (!signal.aborted) {
      const begun = performance.now();
      let wait = 0;
      if (!document.hidden) wait = await this.once(signal, begun);
      await sleep(Math.max(1000 * wait, PERIOD - (performance.now() - begun)));
    }
  }

  // Judge one frame; returns the seconds the service wants us to wait.
  async once(signal, begun) {
    try {
      const { width, height } = this.draw();
      const blob = await new Promise((done) => this.canvas.toBlob(done, "image/jpeg", 0.95));
      const answer = await this.check(blob, signal);
      if (!signal.aborted) this.onFrame(answer, { width, height }, performance.now() - begun);
    } catch (error) {
      if (!signal.aborted) this.onError(error);
      return error.wait ?? 0;
    }
    return 0;
  }

  draw() {
    const { videoWidth, videoHeight } = this.video;
    const scale = Math.min(1, LONGEST / Math.max(videoWidth, videoHeight));
    this.canvas.width = Math.round(videoWidth * scale);
    this.canvas.height = Math.round(videoHeight * scale);
    this.canvas.getContext("2d").drawImage(this.video, 0, 0, this.canvas.width, this.canvas.height);
    return this.canvas;
  }
}
