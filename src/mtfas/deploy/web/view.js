// How an answer looks: verdict, scale, numbers, and the heat map over the face.
const $ = (id) => document.getElementById(id);

const WORDS = {
  bona_fide: ["Bona fide", "A live face, as far as this detector can tell."],
  attack: ["Attack", "Looks like a print, a screen, a mask or another presentation attack."],
  no_response: ["No response", "There is no face here that can be judged."],
};

let announced = "";

function announce(text) {
  if (text !== announced) $("live").textContent = announced = text; // a camera answers often; say what is new
}

function toggle(id, text) {
  $(id).hidden = !text;
  $(id).textContent = text ?? "";
}

export function busy(on) {
  $("result").setAttribute("aria-busy", String(on));
}

export function showThreshold(value) {
  const at = `${Math.min(1, Math.max(0, value)) * 100}%`;
  $("threshold").style.left = at;
  $("beyond").style.left = at;
  $("threshold-text").textContent = `attack above ${value.toFixed(3)}`;
}

export function showAnswer(answer, milliseconds) {
  const [title, meaning] = WORDS[answer.verdict];
  $("result").dataset.verdict = answer.verdict;
  $("verdict").textContent = title;
  $("meaning").textContent = meaning;
  toggle("advice", answer.advice);
  showScore(answer);
  $("numbers").hidden = false;
  $("above-text").textContent = answer.threshold.toFixed(3);
  $("frames-text").textContent =
    answer.frames_in_file > 1 ? `${answer.frames} of ${answer.frames_in_file}` : String(answer.frames);
  $("time-text").textContent = `${Math.round(milliseconds)} ms`;
  announce([title, answer.advice].filter(Boolean).join(". "));
}

function showScore(answer) {
  const known = answer.score !== null;
  showThreshold(answer.threshold);
  $("score").hidden = !known;
  if (known) $("score").style.left = `${answer.score * 100}%`;
  $("score-text").textContent = known ? answer.score.toFixed(3) : "–";
  const said = known ? `Score ${answer.score.toFixed(3)}` : "No score";
  $("scale").setAttribute("aria-label", `${said} on a scale from 0, bona fide, to 1, attack; attack above ${answer.threshold.toFixed(3)}`);
}

export function showRefusal(message) {
  $("result").dataset.verdict = "no_response";
  $("verdict").textContent = "Not checked";
  $("meaning").textContent = "The service did not take this.";
  toggle("advice", message);
  $("score").hidden = true;
  $("numbers").hidden = true;
  $("scale").setAttribute("aria-label", "No score");
  hideOverlay();
  announce(`Not checked. ${message}`);
}

export function hideOverlay() {
  $("heat").hidden = $("box").hidden = $("legend").hidden = true;
}

// Fit a medium of width × height into the stage; what lies over it is then placed in per cent of it.
export function fit(width, height, mirrored = false) {
  const stage = $("stage").getBoundingClientRect();
  const scale = Math.min((stage.width - 3) / width, (stage.height - 3) / height);
  const frame = $("frame");
  frame.style.width = `${width * scale}px`;
  frame.style.height = `${height * scale}px`;
  frame.classList.toggle("mirrored", mirrored);
}

function place(element, [left, top, width, height], size) {
  element.style.left = `${(100 * left) / size.width}%`;
  element.style.top = `${(100 * top) / size.height}%`;
  element.style.width = `${(100 * width) / size.width}%`;
  element.style.height = `${(100 * height) / size.height}%`;
  element.hidden = false;
}

export function showOverlay(answer, size) {
  hideOverlay();
  if (answer.box) {
    $("box").dataset.verdict = answer.verdict;
    place($("box"), answer.box, size);
  }
  if (answer.heatmap && $("show-heat").checked) {
    $("heat").src = answer.heatmap;
    place($("heat"), answer.heatmap_box, size);
    $("legend").hidden = false;
  }
}

export function showMedium(kind) {
  $("invite").hidden = kind !== null;
  $("frame").hidden = kind === null;
  $("picture").hidden = kind !== "picture";
  $("video").hidden = kind !== "video";
  $("stage").classList.toggle("empty", kind === null);
  hideOverlay();
}

const percent = (rate) => `${(100 * rate).toFixed(1)} %`;

export function showAbout(info) {
  const { threshold, test, limits } = info;
  const interval = threshold.interval;
  const sure = interval && interval.low !== null ? ` (95 % interval ${interval.low.toFixed(3)} to ${interval.high.toFixed(3)})` : "";
  const rows = {
    Bundle: info.name,
    Detector: `${info.detector}, ${info.size} × ${info.size} pixels`,
    "Trained on": `${info.dataset}${info.rendered ? ", rendered faces" : ""}; protocol ${info.protocol}`,
    Threshold: `${threshold.value.toFixed(4)}, ${threshold.words}${sure}`,
    "Bona fide rejected (BPCER, test)": test && test.bpcer.value !== null ? percent(test.bpcer.value) : null,
    "Worst species accepted (APCER, test)":
      test && test.apcer_worst.value !== null ? `${percent(test.apcer_worst.value)}, ${test.apcer_worst.species.replaceAll("_", " ")}` : null,
    Limits: `${limits.max_body_mb} MB, ${limits.max_pixels / 1e6} million pixels, ${limits.max_frames} frames of a video`,
    Made: `${info.created.slice(0, 10)} with mtfas ${info.mtfas}`,
  };
  $("about").replaceChildren(...Object.entries(rows).filter(([, value]) => value).map(row));
  $("rendered").hidden = !info.rendered;
  showThreshold(threshold.value);
}

function row([name, value]) {
  const [div, dt, dd] = ["div", "dt", "dd"].map((tag) => document.createElement(tag));
  dt.textContent = name;
  dd.textContent = value;
  div.append(dt, dd);
  return div;
}
