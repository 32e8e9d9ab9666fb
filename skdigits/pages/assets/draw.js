"use strict";
// The page: strokes come in, a prediction goes out.

const page = JSON.parse(document.getElementById("model").textContent);
const form = page.form;
/** A network whose weights are those of the data. */
function withWeights({ W1, b1, W2, b2 }) {
  return { ...page.network, W1: decode(W1), b1: decode(b1), W2: decode(W2), b2: decode(b2) };
}

const trained = withWeights(page.network);
// Those that it was on its way, the trained one last.
const networks = page.steps.map(({ weights }) => (weights ? withWeights(weights) : trained));
let network = trained; // the one that reads

/** Probabilities of the classes for a row of features: predict_proba. */
function predictProba(features) {
  return evaluate(network, features).probabilities;
}

/** Strokes, lists of points [x, y] on the pad, as ink. */
function inkOfStrokes(strokes) {
  return inkOf(strokes.map(curved), form);
}

/** A row of features for strokes. */
function featuresOfStrokes(strokes) {
  const { ink, height, width } = inkOfStrokes(strokes);
  return featuresOfInk(ink, height, width);
}

/** A row of features for a picture, height x width, 0 to 1, row by row. */
function featuresOfInk(ink, height, width) {
  return asFeatures(normalizedImage(ink, height, width, form), form);
}

// --- the drawing ---------------------------------------------------------------------------------

const pad = document.getElementById("pad");
const hint = document.getElementById("hint");
const buttons = { undo: document.getElementById("undo"), clear: document.getElementById("clear") };
const PEN = 0.07; // width of the line on the pad, whose side is 1
const STEP = 0.04; // what an arrow key moves the pen by
const SMALLEST = 0.05; // the extent of a drawing that is read; less is a dot
const FINE = 0.02; // points further from one another get a curve between them
const NEAR = 0.003; // points nearer to the last one than that are not kept
let strokes = [];
let drawing = null; // the stroke that a pointer draws
let keyPen = { x: 0.5, y: 0.25, down: false, shown: false };

/** A stroke with points on a curve where a quick hand left few: Catmull and Rom's spline with
 * centripetal knots, which makes no loop between points (Yuksel, Schaefer and Keyser, 2011). */
function curved(stroke) {
  const points = stroke.filter((point, k) => k === 0 || distance(point, stroke[k - 1]) > 0);
  if (points.length < 3) return stroke;
  const at = (k) => points[k] || (k < 0
    ? beyond(points[0], points[1]) : beyond(points[k - 1], points[k - 2]));
  const curve = [points[0]];
  for (let k = 0; k < points.length - 1; k++) {
    const pieces = Math.ceil(distance(points[k], points[k + 1]) / FINE);
    for (let piece = 1; piece < pieces; piece++) {
      curve.push(between([at(k - 1), at(k), at(k + 1), at(k + 2)], piece / pieces));
    }
    curve.push(points[k + 1]);
  }
  return curve;
}

function distance([ax, ay], [bx, by]) {
  return Math.hypot(bx - ax, by - ay);
}

/** The point as far beyond the end of a stroke as the one next to it is before. */
function beyond([endX, endY], [x, y]) {
  return [2 * endX - x, 2 * endY - y];
}

/** The point of the spline through a, b, c, d at t from 0, where b is, to 1, where c is. */
function between([a, b, c, d], t) {
  const before = Math.sqrt(distance(a, b)), own = Math.sqrt(distance(b, c));
  const after = Math.sqrt(distance(c, d));
  return [0, 1].map((i) => {
    const leaving = own * ((b[i] - a[i]) / before - (c[i] - a[i]) / (before + own)) + c[i] - b[i];
    const arriving = own * ((d[i] - c[i]) / after - (d[i] - b[i]) / (own + after)) + c[i] - b[i];
    const rise = c[i] - b[i];
    return b[i] + t * leaving + t * t * (3 * rise - 2 * leaving - arriving)
      + t * t * t * (leaving + arriving - 2 * rise);
  });
}

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function paint() {
  const side = Math.round(pad.clientWidth * (window.devicePixelRatio || 1));
  if (pad.width !== side) pad.width = pad.height = side;
  const brush = pad.getContext("2d");
  brush.clearRect(0, 0, side, side);
  brush.lineWidth = PEN * side;
  brush.lineCap = brush.lineJoin = "round";
  brush.strokeStyle = colour("--ink");
  for (const stroke of strokes.map(curved)) {
    brush.beginPath();
    stroke.forEach(([x, y]) => brush.lineTo(x * side, y * side));
    // A line of no length is not painted; this one is a dot.
    if (stroke.length === 1) brush.lineTo(stroke[0][0] * side + 0.01, stroke[0][1] * side);
    brush.stroke();
  }
  if (keyPen.shown) {
    brush.lineWidth = 2 * (window.devicePixelRatio || 1);
    brush.strokeStyle = colour("--accent");
    brush.setLineDash(keyPen.down ? [] : [6, 6]);
    brush.beginPath();
    brush.arc(keyPen.x * side, keyPen.y * side, PEN * 0.6 * side, 0, 2 * Math.PI);
    brush.stroke();
    brush.setLineDash([]);
  }
}

function pointOf(event) {
  const box = pad.getBoundingClientRect();
  const within = (value) => Math.min(1, Math.max(0, value));
  return [
    within((event.clientX - box.left) / box.width), within((event.clientY - box.top) / box.height),
  ];
}

pad.addEventListener("pointerdown", (event) => {
  if (event.button !== 0 || drawing) return;
  event.preventDefault();
  if (event.pointerType === "touch") document.documentElement.classList.add("touched");
  pad.focus({ preventScroll: true, focusVisible: false });
  pad.setPointerCapture(event.pointerId);
  keyPen.shown = keyPen.down = false;
  drawing = { id: event.pointerId, stroke: [pointOf(event)] };
  strokes.push(drawing.stroke);
  changed();
});
// Or a browser takes a quick stroke for a fling, and the next tap, on a button, for its end.
pad.addEventListener("touchstart", (event) => event.preventDefault(), { passive: false });
pad.addEventListener("pointermove", (event) => {
  if (!drawing || event.pointerId !== drawing.id) return;
  const parts = event.getCoalescedEvents ? event.getCoalescedEvents() : [];
  for (const part of parts.length ? parts : [event]) {
    const point = pointOf(part), last = drawing.stroke[drawing.stroke.length - 1];
    if (distance(point, last) >= NEAR) drawing.stroke.push(point);
  }
  changed();
});
for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) {
  pad.addEventListener(name, (event) => {
    if (drawing && event.pointerId === drawing.id) drawing = null;
  });
}

function undo() {
  strokes.pop();
  drawing = null;
  keyPen.down = false;
  changed();
}

function clear() {
  strokes = [];
  drawing = null;
  keyPen.down = false;
  changed();
}

buttons.undo.addEventListener("click", undo);
buttons.clear.addEventListener("click", clear);

const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

pad.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const move = MOVES[event.key];
  if (event.repeat && !move) {
    event.preventDefault(); // a key that is held means one stroke, one undo
    return;
  }
  if (move) {
    keyPen.x = Math.min(1 - PEN / 2, Math.max(PEN / 2, keyPen.x + STEP * move[0]));
    keyPen.y = Math.min(1 - PEN / 2, Math.max(PEN / 2, keyPen.y + STEP * move[1]));
    if (keyPen.down && strokes.length) strokes[strokes.length - 1].push([keyPen.x, keyPen.y]);
  } else if (event.key === " " || event.key === "Enter") {
    keyPen.down = !keyPen.down;
    if (keyPen.down) strokes.push([[keyPen.x, keyPen.y]]);
  } else if (event.key === "Backspace" || event.code === "KeyZ" || event.key === "z") {
    undo();
  } else if (["Delete", "Escape", "c"].includes(event.key) || event.code === "KeyC") {
    clear();
  } else {
    return;
  }
  event.preventDefault();
  keyPen.shown = true;
  changed();
});
pad.addEventListener("blur", () => {
  keyPen.shown = keyPen.down = false;
  paint();
});

// --- what is shown -------------------------------------------------------------------------------

/** The row of the table for each class: [row, bar, percentage]. */
const bars = page.classes.map((name) => {
  const row = document.getElementById("bars").insertRow();
  const head = document.createElement("th");
  head.scope = "row";
  head.textContent = name;
  row.append(head);
  const track = row.insertCell();
  track.className = "track";
  const bar = document.createElement("div");
  bar.className = "bar";
  track.append(bar);
  const percentage = row.insertCell();
  percentage.className = "percentage";
  return { row, bar, percentage };
});

if (page.classes.some((name) => name.length > 2)) {
  document.getElementById("bars").style.setProperty("--name", "min(5rem, 30vw)");
}

/** The colour of a weight, -1 (against) to 1 (for): the paper shines through where it is small. */
function diverging(value, ends) {
  return [...ends[value > 0 ? 1 : 0], 255 * Math.min(1, Math.abs(value))];
}

/** The ends of that scale, which are others on dark paper. */
function endsOfScale() {
  return ["--against", "--for"].map((name) =>
    [1, 3, 5].map((at) => parseInt(colour(name).slice(at, at + 2), 16)));
}

/** Fill a canvas of the form's shape, a pixel a pixel. */
function fill(canvas, colourOf) {
  const [height, width] = form.shape;
  canvas.width = width;
  canvas.height = height;
  const picture = new ImageData(width, height);
  for (let k = 0; k < height * width; k++) picture.data.set(colourOf(k), 4 * k);
  canvas.getContext("2d").putImageData(picture, 0, 0);
}

/** Images row by row of rows of features: the inverse of asFeatures. */
function imageOf(features) {
  const [height, width] = form.shape;
  if (form.order === "C") return features;
  return Array.from(features, (_, k) => features[(k % width) * height + Math.floor(k / width)]);
}

/** What each hidden unit says of each output: the output weights, a list a unit. */
function outputWeights({ W2, b1, b2, members }) {
  const outputs = b2.length / members, own = b1.length / members;
  return Array.from({ length: b1.length }, (_, unit) =>
    Array.from({ length: outputs }, (_, k) =>
      W2[(Math.floor(unit / own) * outputs + k) * own + unit % own]));
}

/** The class that a unit says most for, by its output weights. */
function voteOf(weights) {
  const several = weights.length === page.classes.length;
  return page.classes[several ? weights.indexOf(Math.max(...weights)) : Number(weights[0] > 0)];
}

/** Tiles of the hidden units, those of the largest output weights first, at each step in the same
 * place. */
const tiles = (() => {
  const norms = outputWeights(trained).map((row) => Math.hypot(...row));
  const order = norms.map((_, unit) => unit).sort((a, b) => norms[b] - norms[a]);
  return order.map((unit) => {
    const tile = document.createElement("canvas");
    const figure = document.createElement("figure"), caption = document.createElement("figcaption");
    figure.append(tile, caption);
    document.getElementById("units").append(figure);
    return { tile, unit, caption };
  });
})();

// All on one scale, which ends at the largest weight of a pixel, of four in five pixels: those at
// the edges may leave it, or the rest would look like paper.
const highest = (() => {
  const n = trained.W1.length / outputWeights(trained).length, sizes = new Float64Array(n);
  trained.W1.forEach((w, k) => { sizes[k % n] = Math.max(sizes[k % n], Math.abs(w)); });
  return Math.max(sizes.sort()[Math.floor(0.8 * (n - 1))], 1e-12);
})();

/** Paint the tiles, and write what each says most for. */
function paintTiles() {
  const weights = outputWeights(network), ends = endsOfScale();
  const size = network.W1.length / weights.length;
  for (const { tile, unit, caption } of tiles) {
    const image = imageOf(network.W1.subarray(unit * size, (unit + 1) * size));
    fill(tile, (k) => diverging(image[k] / highest, ends));
    caption.textContent = voteOf(weights[unit]);
  }
}

/** How brightly a unit is lit, 0 to 1. */
function brightness(hidden) {
  const values = hidden.map(Math.abs);
  const highest = network.activation === "relu" ? Math.max(...values, 1e-12) : 1;
  return values.map((value) => value / highest);
}

/** The larger side of a drawing; 0 where there is none. */
function extent(strokes) {
  const { top, bottom, left, right } = bounds(strokes.flat());
  return strokes.length ? Math.max(bottom - top, right - left) : 0;
}

const SUREST = 0.99; // no more is said: held-out rows are the only proof there is of more

function percent(share, above = ">\u202f") {
  return share > SUREST ? `${above}99%` : `${(100 * share).toFixed(1)}%`;
}

/** Write the answer; only what changes is said aloud by a screen reader. */
function tell(answer, sure) {
  const element = document.getElementById("answer");
  if (element.textContent !== answer) {
    element.textContent = answer;
    element.className = answer.length > 12 ? "long" : answer.length > 4 ? "word" : "";
  }
  document.getElementById("sure").textContent = sure;
}

function show() {
  const empty = extent(strokes) < SMALLEST;
  const drawn = empty ? { ink: [], height: 0, width: 0 } : inkOfStrokes(strokes);
  const features = featuresOfInk(drawn.ink, drawn.height, drawn.width);
  const { hidden, probabilities: own } = evaluate(network, features);
  const probabilities = network.multilabel ? own : tempered(own, page.temperature);
  const several = !network.multilabel && looksLikeSeveral(drawn.ink, drawn.height, drawn.width);
  const highest = Math.max(...probabilities);
  const likeliest = probabilities.indexOf(highest);
  const blank = strokes.length === 0;
  hint.hidden = !blank;
  if (blank && Object.values(buttons).includes(document.activeElement)) pad.focus();
  buttons.undo.disabled = buttons.clear.disabled = blank;
  if (blank) tell("?", "nothing drawn yet");
  else if (empty) tell("?", "too small to read");
  else if (network.multilabel) {
    const found = page.classes.filter((_, k) => probabilities[k] > 0.5);
    tell(found.join(", ") || "none", `${found.length} of ${probabilities.length} labels`);
  } else if (several) {
    tell(`${page.classes[likeliest]}?`, "perhaps more than one digit: it reads one at a time");
  }
  else tell(page.classes[likeliest], `${percent(highest, "over ")} sure`);
  bars.forEach(({ row, bar, percentage }, k) => {
    const share = empty ? 0 : probabilities[k];
    bar.style.width = `${100 * share}%`;
    percentage.textContent = empty ? "" : percent(share);
    const told = network.multilabel ? share > 0.5 : k === likeliest && !several;
    row.className = !empty && told ? "likeliest" : "";
  });
  const image = imageOf(features);
  const dark = isDark();
  fill(document.getElementById("seen"), (k) => {
    const ink = 255 * Math.min(1, Math.max(0, image[k]));
    const grey = dark ? ink : 255 - ink;
    return [grey, grey, grey, 255];
  });
  const lit = empty ? hidden.map(() => 0) : brightness(hidden);
  for (const { tile, unit, caption } of tiles) {
    tile.style.setProperty("--lit", lit[unit]);
    tile.title = `for ${caption.textContent}: ${empty ? "off" : hidden[unit].toFixed(2)}`;
  }
}

let waiting = false;
function changed() {
  if (waiting) return; // once a frame is enough
  waiting = true;
  requestAnimationFrame(() => {
    waiting = false;
    refresh();
  });
}

function refresh() {
  paint();
  show();
}

new ResizeObserver(paint).observe(pad);

// --- how it learned ------------------------------------------------------------------------------

const slider = document.getElementById("step");

/** Let the network read that it was at the slider's step. */
function goTo(step) {
  const { iteration, right } = page.steps[step];
  const last = page.steps[page.steps.length - 1].iteration;
  network = networks[step];
  const when = iteration === 0 ? "Before training" : `After ${iteration} of ${last} iterations`;
  const told = `${when} it reads ${(100 * right).toFixed(1)}% of the held-out digits right.`;
  document.getElementById("learned").textContent = told;
  slider.setAttribute("aria-valuetext", told);
  paintTiles();
  changed();
}

if (networks.length > 1) {
  document.getElementById("learning").hidden = false;
  slider.max = slider.value = networks.length - 1;
  page.steps.forEach(({ iteration }) => {
    const mark = document.createElement("span");
    mark.textContent = iteration;
    document.getElementById("marks").append(mark);
  });
  slider.addEventListener("input", () => goTo(Number(slider.value)));
  goTo(networks.length - 1);
}

// --- light and dark ------------------------------------------------------------------------------

const darkSystem = matchMedia("(prefers-color-scheme: dark)");
const darkRules = Array.from(document.styleSheets[0].cssRules)
  .filter((rule) => rule.media && rule.media.mediaText.includes("prefers-color-scheme"));

let printing = false;

/** Whether the page is dark: as whoever embeds it says, draw.html#dark, or as the system is. */
function isDark() {
  if (printing) return false; // paper is white
  const asked = location.hash.slice(1);
  return ["light", "dark"].includes(asked) ? asked === "dark" : darkSystem.matches;
}

/** Let the rules for the dark hold, or not. */
function follow() {
  document.documentElement.style.colorScheme = isDark() ? "dark" : "light";
  for (const rule of darkRules) rule.media.mediaText = isDark() ? "screen" : "not all";
  paintTiles();
  refresh();
}
for (const [name, begins] of [["beforeprint", true], ["afterprint", false]]) {
  addEventListener(name, () => {
    printing = begins;
    follow();
  });
}
darkSystem.addEventListener("change", follow);
addEventListener("hashchange", follow);

follow();
