"use strict";
// A drawing in the form of the training data: the same as normalization.py, line by line.

const NARROWEST = 0.35; // width / height below which a stretched digit stays narrower than its box

/** How much of the interval from a to b lies in [k, k + 1). */
function overlap(a, b, k) {
  return Math.max(0, Math.min(b, k + 1) - Math.max(a, k));
}

/** The sums of ink (height x width) over the cells of a canvas; edges(k, row) are where columns
 * (with their row) and rows begin, in cells. */
function place(ink, height, width, canvas, rowEdge, columnEdge) {
  const [canvasHeight, canvasWidth] = canvas;
  const image = new Float64Array(canvasHeight * canvasWidth);
  for (let y = 0; y < height; y++) {
    const top = rowEdge(y), bottom = rowEdge(y + 1);
    for (let x = 0; x < width; x++) {
      const value = ink[y * width + x];
      if (value === 0) continue;
      const left = columnEdge(x, y), right = columnEdge(x + 1, y);
      for (let i = Math.max(0, Math.floor(top)); i < Math.min(canvasHeight, bottom); i++) {
        for (let j = Math.max(0, Math.floor(left)); j < Math.min(canvasWidth, right); j++) {
          image[i * canvasWidth + j] += value * overlap(top, bottom, i) * overlap(left, right, j);
        }
      }
    }
  }
  return image;
}

/** In proportion, the larger side as large as the box, the centre of mass in the centre. */
function centred(ink, height, width, inked, form) {
  let total = 0, massY = 0, massX = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const value = ink[y * width + x];
      total += value;
      massY += value * (y + 0.5);
      massX += value * (x + 0.5);
    }
  }
  massY /= total;
  massX /= total;
  const box = bounds(inked, 1);
  const scale = form.box[0] / Math.max(box.bottom - box.top, box.right - box.left);
  const [canvasHeight, canvasWidth] = form.canvas;
  return place(
    ink, height, width, form.canvas,
    (y) => (y - massY) * scale + (canvasHeight + 1) / 2,
    (x) => (x - massX) * scale + (canvasWidth + 1) / 2,
  );
}

/** Sheared until upright, then each side as large as the box, in the middle. */
function stretched(ink, height, width, inked, form) {
  const meanY = inked.reduce((sum, [, y]) => sum + y, 0) / inked.length;
  let along = 0, across = 0;
  for (const [x, y] of inked) {
    along += (y - meanY) * (y - meanY);
    across += (y - meanY) * x;
  }
  const slant = Math.min(1, Math.max(-1, across / Math.max(along, 1e-9)));
  const { top, bottom, left, right } = bounds(
    inked.map(([x, y]) => [x - slant * (y - meanY), y]), 1,
  );
  const narrow = Math.min(1, (right - left) / (bottom - top) / NARROWEST);
  const scale = (form.box[1] * narrow) / (right - left);
  const [canvasHeight, canvasWidth] = form.canvas;
  return place(
    ink, height, width, form.canvas,
    (y) => ((y - top) * form.box[0]) / (bottom - top) + (canvasHeight - form.box[0]) / 2,
    (x, y) => (x - (left + right) / 2 - slant * (y - meanY)) * scale + canvasWidth / 2,
  );
}

/** The box around points [x, y], or around pixels of side 1 whose corners they are. */
function bounds(points, side = 0) {
  let top = Infinity, bottom = -Infinity, left = Infinity, right = -Infinity;
  for (const [x, y] of points) {
    top = Math.min(top, y);
    bottom = Math.max(bottom, y + side);
    left = Math.min(left, x);
    right = Math.max(right, x + side);
  }
  return { top, bottom, left, right };
}

/** R image R', where R is (n, size) and the image (size, size). */
function reduce(R, image) {
  const size = R[0].length;
  const half = R.map((weights) => Array.from({ length: size }, (_, x) =>
    weights.reduce((sum, weight, y) => sum + weight * image[y * size + x], 0)));
  return half.flatMap((row) => R.map((weights) =>
    weights.reduce((sum, weight, x) => sum + weight * row[x], 0)));
}

/** A drawing (height x width, 0 to 1, row by row) as an image of the form, row by row. */
function normalizedImage(ink, height, width, form) {
  const [imageHeight, imageWidth] = form.shape;
  const highest = ink.reduce((a, b) => Math.max(a, b), 0);
  const inked = [];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (ink[y * width + x] >= Math.max(highest / 2, 1e-6)) inked.push([x, y]);
    }
  }
  if (inked.length === 0) return new Float64Array(imageHeight * imageWidth);
  const placed = (form.stretched ? stretched : centred)(ink, height, width, inked, form);
  return form.reduction ? reduce(form.reduction, placed) : placed;
}

/** An image, row by row, as a row of features. */
function asFeatures(image, form) {
  const [height, width] = form.shape;
  if (form.order === "C") return Array.from(image);
  return Array.from(image, (_, k) => image[(k % height) * width + Math.floor(k / height)]);
}

/** Strokes (lists of points [x, y], in any unit) as ink: as a pen of the form's width would draw
 * them, were they as large as the form's box. */
function inkOf(strokes, form) {
  const fine = form.stretched ? 8 : 4; // pixels of ink in one of the canvas
  const { top, bottom, left, right } = bounds(strokes.flat());
  const wide = right - left, high = bottom - top;
  const side = form.stretched ? Math.max(high, wide / 2) : Math.max(high, wide);
  const scale = side > 0 ? (fine * (form.box[0] - form.pen)) / side : 0;
  const radius = (fine * form.pen) / 2;
  const margin = Math.ceil(radius) + 1;
  const width = Math.ceil(wide * scale) + 2 * margin;
  const height = Math.ceil(high * scale) + 2 * margin;
  const ink = new Float64Array(height * width);
  const at = ([x, y]) => [(x - left) * scale + margin, (y - top) * scale + margin];
  for (const stroke of strokes) {
    stroke.forEach((point, k) => {
      drawLine(ink, height, width, at(stroke[Math.max(0, k - 1)]), at(point), radius);
    });
  }
  return { ink, height, width };
}

/** Draw a line with round ends: a pixel's ink falls from 1 to 0 at a distance of the radius. */
function drawLine(ink, height, width, [ax, ay], [bx, by], radius) {
  const dx = bx - ax, dy = by - ay;
  const length2 = dx * dx + dy * dy;
  const reach = radius + 1;
  for (let y = Math.max(0, Math.floor(Math.min(ay, by) - reach));
    y < Math.min(height, Math.max(ay, by) + reach); y++) {
    for (let x = Math.max(0, Math.floor(Math.min(ax, bx) - reach));
      x < Math.min(width, Math.max(ax, bx) + reach); x++) {
      const px = x + 0.5 - ax, py = y + 0.5 - ay;
      const t = length2 > 0 ? Math.min(1, Math.max(0, (px * dx + py * dy) / length2)) : 0;
      const distance = Math.hypot(px - t * dx, py - t * dy);
      const value = Math.min(1, Math.max(0, radius + 0.5 - distance));
      if (value > ink[y * width + x]) ink[y * width + x] = value;
    }
  }
}

const TALL = 0.5; // share of the drawing's height from which a part may be a digit of its own
const WIDEST = 1.5; // width / height above which a drawing is more than one digit

/** Whether ink (height x width) looks like several digits side by side: with columns between them
 * that hold no ink, or wider than digits are. Of 6000 digits of MNIST 2 in 1000 have such a gap, and 7
 * are so wide; of 500 pairs of them all, and of pairs that touch 37%. */
function looksLikeSeveral(ink, height, width) {
  const highest = ink.reduce((a, b) => Math.max(a, b), 0);
  const parts = []; // boxes of ink with columns without ink between them
  let part = null;
  for (let x = 0; x < width; x++) {
    let top = Infinity, bottom = -Infinity;
    for (let y = 0; y < height; y++) {
      if (ink[y * width + x] < Math.max(highest / 2, 1e-6)) continue;
      top = Math.min(top, y);
      bottom = y + 1;
    }
    if (bottom < 0) part = null;
    else if (part === null) parts.push(part = { top, bottom, left: x, right: x + 1 });
    else {
      Object.assign(part, {
        top: Math.min(part.top, top), bottom: Math.max(part.bottom, bottom), right: x + 1,
      });
    }
  }
  if (parts.length === 0) return false;
  const high = Math.max(...parts.map(({ bottom }) => bottom))
    - Math.min(...parts.map(({ top }) => top));
  if (parts[parts.length - 1].right - parts[0].left > WIDEST * high) return true;
  return parts.filter(({ top, bottom }) => bottom - top >= TALL * high).length > 1;
}
