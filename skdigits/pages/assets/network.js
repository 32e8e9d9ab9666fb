"use strict";
// The network itself, as the page's data give it: weights in base64, row by row. Members of a
// committee stand one above another.

/** The numbers of {dtype, data}. */
function decode({ dtype, data }) {
  const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
  if (dtype === "float16") return Float64Array.from(new Uint16Array(bytes.buffer), halfFloat);
  return new (dtype === "float32" ? Float32Array : Float64Array)(bytes.buffer);
}

/** The number of 16 bits; not all browsers have a Float16Array. */
function halfFloat(bits) {
  const sign = bits & 0x8000 ? -1 : 1, exponent = (bits >> 10) & 31, fraction = bits & 1023;
  return sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : 2 ** -24 * fraction);
}

const ACTIVATIONS = {
  logistic: (a) => 1 / (1 + Math.exp(-a)),
  tanh: Math.tanh,
  relu: (a) => Math.max(a, 0),
};

/** W x + b. */
function affine(W, x, b) {
  return Array.from(b, (bias, k) => {
    let sum = bias;
    for (let j = 0; j < x.length; j++) sum += W[k * x.length + j] * x[j];
    return sum;
  });
}

function softmax(z) {
  const highest = Math.max(...z);
  const powers = z.map((value) => Math.exp(value - highest));
  const total = powers.reduce((a, b) => a + b);
  return powers.map((power) => power / total);
}

/** log(1 / (1 + exp(-z))), without overflow. */
function logSigmoid(z) {
  return Math.min(z, 0) - Math.log1p(Math.exp(-Math.abs(z)));
}

/** The classes' probabilities for the scores of one network. */
function probabilitiesOf(network, z) {
  if (network.multilabel) return z.map((value) => Math.exp(logSigmoid(value)));
  if (z.length === 1) return softmax([0, z[0]]);
  return softmax(network.outputActivation === "sigmoid" ? z.map(logSigmoid) : z);
}

/** The k-th of so many equal parts of a list of numbers. */
function part(values, k, parts) {
  const size = values.length / parts;
  return values.slice(k * size, (k + 1) * size);
}

/**
 * What a committee makes of a row of features, a network being one of one: the hidden units of all
 * members, one above another, and the mean of their probabilities.
 */
function evaluate(network, features) {
  const { W1, b1, W2, b2, members } = network;
  const hidden = affine(W1, features, b1).map(ACTIVATIONS[network.activation]);
  const said = Array.from({ length: members }, (_, k) => probabilitiesOf(
    network, affine(part(W2, k, members), part(hidden, k, members), part(b2, k, members))));
  const probabilities = said[0].map((_, j) => said.reduce((sum, p) => sum + p[j], 0) / members);
  return { hidden, probabilities };
}

/** Probabilities less sure of themselves, where the temperature is above 1. */
function tempered(probabilities, temperature) {
  const powers = probabilities.map((p) => Math.pow(p, 1 / temperature));
  const total = powers.reduce((a, b) => a + b);
  return powers.map((power) => power / total);
}
