// Wires files, drops, camera and key to the service and the view.
import { aboutBundle, check, useKey } from "./api.js";
import { Camera } from "./camera.js";
import * as view from "./view.js";

const $ = (id) => document.getElementById(id);
const state = { about: null, address: null, last: null, asking: null };

const camera = new Camera($("video"), check, { onFrame: seen, onError: refused });

function refused(error) {
  if (error.status === 401) askForKey(error);
  if (error.status === 401 || error.code === "draining") stopCamera();
  view.showRefusal(error.message);
}

function askForKey(error) {
  $("key-form").hidden = false;
  if (error.code === "wrong_key") $("key-note").textContent = error.message;
  $("key").focus();
}

async function loadAbout() {
  try {
    state.about = await aboutBundle();
  } catch (error) {
    if (error.status === 401) return askForKey(error);
    $("unreachable").textContent = error.message;
    $("unreachable").hidden = false;
    return;
  }
  $("key-form").hidden = $("unreachable").hidden = true;
  view.showAbout(state.about);
}

function seen(answer, size, milliseconds) {
  state.last = { answer, size };
  view.fit(size.width, size.height, camera.running);
  view.showOverlay(answer, size);
  view.showAnswer(answer, milliseconds);
}

function forget() {
  stopCamera();
  state.asking?.abort();
  if (state.address) URL.revokeObjectURL(state.address);
  state.last = state.address = null;
  $("video").removeAttribute("src");
}

// Show the file; returns its size, or null where the browser cannot show it.
function preview(file) {
  state.address = URL.createObjectURL(file);
  return file.type.startsWith("video/") ? previewVideo() : previewPicture();
}

async function previewPicture() {
  const picture = $("picture");
  picture.src = state.address;
  try {
    await picture.decode();
  } catch {
    view.showMedium(null);
    return null;
  }
  view.showMedium("picture");
  return { width: picture.naturalWidth, height: picture.naturalHeight };
}

async function previewVideo() {
  const video = $("video");
  const ready = new Promise((done) => {
    video.onloadeddata = () => done(true);
    video.onerror = () => done(false);
  });
  video.src = state.address;
  if (!(await ready)) {
    view.showMedium(null);
    return null;
  }
  view.showMedium("video");
  return { width: video.videoWidth, height: video.videoHeight };
}

async function judge(file) {
  forget();
  const most = (state.about?.limits.max_body_mb ?? Infinity) * 1e6;
  if (file.size > most) {
    view.showMedium(null);
    return view.showRefusal(`The file is larger than ${most / 1e6} MB; choose a smaller picture or a shorter video.`);
  }
  const asking = (state.asking = new AbortController());
  view.busy(true);
  const size = await preview(file);
  if (size) view.fit(size.width, size.height);
  await send(file, size, asking.signal);
  if (state.asking === asking) view.busy(false);
}

async function send(file, size, signal) {
  const begun = performance.now();
  try {
    const answer = await check(file, signal);
    if (size) showFrame(answer);
    if (size) seen(answer, size, performance.now() - begun);
    else view.showAnswer(answer, performance.now() - begun);
  } catch (error) {
    if (error.name !== "AbortError") refused(error);
  }
}

// Of a video, show the frame that box and heat map belong to.
function showFrame(answer) {
  const video = $("video");
  if (!video.hidden && answer.frames_in_file > 1 && Number.isFinite(video.duration)) {
    video.currentTime = ((answer.frame + 0.5) / answer.frames_in_file) * video.duration;
  }
}

async function startCamera() {
  forget();
  $("camera").disabled = true;
  try {
    await camera.start();
    view.showMedium("video");
    view.fit($("video").videoWidth, $("video").videoHeight, true);
    pressed(true);
  } catch (error) {
    camera.stop();
    view.showMedium(null);
    view.showRefusal(error.message);
  }
  $("camera").disabled = false;
}

function stopCamera() {
  if (!camera.running) return;
  camera.stop();
  view.showMedium(null);
  pressed(false);
}

function pressed(on) {
  $("camera").setAttribute("aria-pressed", String(on));
  $("camera").textContent = on ? "Stop the camera" : "Start the camera";
}

$("file").addEventListener("change", ({ target }) => {
  if (target.files.length) judge(target.files[0]);
  target.value = ""; // so that the same file may be chosen again
});
$("camera").addEventListener("click", () => (camera.running ? stopCamera() : startCamera()));
$("show-heat").addEventListener("change", () => state.last && view.showOverlay(state.last.answer, state.last.size));
$("key-form").addEventListener("submit", (event) => {
  event.preventDefault();
  useKey($("key").value.trim());
  loadAbout();
});
window.addEventListener("resize", () => state.last && view.fit(state.last.size.width, state.last.size.height, camera.running));
window.addEventListener("dragover", (event) => {
  event.preventDefault();
  $("stage").classList.add("over");
});
window.addEventListener("dragleave", () => $("stage").classList.remove("over"));
window.addEventListener("drop", (event) => {
  event.preventDefault();
  $("stage").classList.remove("over");
  if (event.dataTransfer.files.length) judge(event.dataTransfer.files[0]);
});

view.showMedium(null);
loadAbout();
