"use strict";
// The network itself, as the page's data give it: weights in base64, row by row.

/** The numbers of {dtype, data}. */
function decode({ dtype, data }) {
  const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
  return new (dtype === "float32" ? Float32Array : Float64Array)(bytes.buffer);
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

/** What the network makes of a row of features: its hidden units and the classes' probabilities. */
function evaluate(network, features) {
  const hidden = affine(network.W1, features, network.b1).map(ACTIVATIONS[network.activation]);
  const z = affine(network.W2, hidden, network.b2);
  let probabilities;
  if (network.multilabel) probabilities = z.map((value) => Math.exp(logSigmoid(value)));
  else if (z.length === 1) probabilities = softmax([0, z[0]]);
  else probabilities = softmax(network.outputActivation === "sigmoid" ? z.map(logSigmoid) : z);
  return { hidden, probabilities };
}
