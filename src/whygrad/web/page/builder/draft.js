/**
 * A network that is being put together: its layers, its loss, and the spec that it is made from.
 *
 * Whatever still fits of the network that it began with is kept, number by number: a weight, where
 * both of its neurons were there and followed each other; inputs and targets, where they still are.
 */

import { generator, readable, weight } from "whygrad/tables/seeded.js";

export const MOST_NEURONS = 20; // of a layer: more cannot be told apart
export const MOST_LAYERS = 8;
export const MOST_SAMPLES = 20;
export const MOST_PARAMETERS = 400; // of a network whose weights are all drawn (web/payload.py)
const HIDDEN = [
  "sigmoid", "tanh", "relu", "leaky_relu", "elu", "softplus", "gelu", "silu", "identity",
]; // prettier-ignore
const FUSED = { softmax_cross_entropy: "softmax", binary_cross_entropy_with_logits: "sigmoid" };
const SEED = 1;

/**
 * @typedef {object} Column a layer
 * @property {number} size
 * @property {number|null} from      which layer of the network before it is; null: a new one
 * @property {string|null} activation null for the inputs
 */

export class Draft {
  /** @param {object} begun its fields, and `old`: the network that it began with */
  constructor(begun) {
    /** @type {Column[]} */
    this.columns = [];
    Object.assign(this, begun);
  }

  /** What is shown, with the reader's changes. @param {import("whygrad/main.js").App} app */
  static of({ lesson, model, state }) {
    const { layers, loss, bias, reduction } = lesson.network;
    const { train_bias, optimizer } = lesson.training;
    const activation = (k) => (k === 0 ? null : model.activation(k, state));
    return new Draft({
      old: model.sources({ ...state, batch: true }),
      columns: layers.map((size, k) => ({ size, from: k, activation: activation(k) })),
      labels: lesson.labels,
      samples: model.samples,
      training: {
        learning_rate: model.rate(state),
        update_order: model.order(state),
        train_bias,
        optimizer,
      },
      loss,
      bias,
      reduction,
    });
  }

  /** One to begin with where what is shown is no small network. */
  static fresh() {
    const column = (size, activation) => ({ size, from: null, activation });
    return new Draft({
      old: {},
      columns: [column(2, null), column(2, "sigmoid"), column(2, "sigmoid")],
      labels: false,
      samples: 1,
      training: { learning_rate: 0.5, update_order: "simultaneous", train_bias: true },
      loss: "half_squared_error",
      bias: "per_neuron",
      reduction: "mean",
    });
  }

  get layers() {
    return this.columns.map(({ size }) => size);
  }

  /** How many weights and biases it has. */
  get parameters() {
    const { layers } = this;
    const biases = { per_neuron: (out) => out, shared: () => 1, none: () => 0 }[this.bias];
    return layers.slice(1).reduce((sum, out, k) => sum + out * layers[k] + biases(out), 0);
  }

  /** @param {number} k @param {number} size */
  resize(k, size) {
    this.columns[k] = { ...this.columns[k], size };
  }

  /** A layer behind layer k, of as many neurons as the hidden layer before it, or three. */
  insert(k) {
    const { size, activation } = this.columns[k];
    const like = activation ? { size, activation } : { size: 3, activation: this.usual };
    this.columns.splice(k + 1, 0, { ...like, from: null });
  }

  remove(k) {
    this.columns.splice(k, 1);
  }

  activate(k, activation) {
    this.columns[k] = { ...this.columns[k], activation };
  }

  /** The activation of a hidden layer that is the first of its kind. */
  get usual() {
    const last = this.columns.at(-1).activation;
    return HIDDEN.includes(last) && last !== "identity" ? last : "sigmoid";
  }

  /** The activations that a layer may have: its loss decides on that of the outputs. */
  activations(k) {
    const present = this.columns[k].activation;
    if (k < this.columns.length - 1) return unique([...HIDDEN, present]);
    if (FUSED[this.loss]) return [FUSED[this.loss], "identity"];
    return this.loss === "binary_cross_entropy" ? ["sigmoid"] : unique([...HIDDEN, present]);
  }

  /** Another loss; the outputs get an activation that suits it. */
  lose(loss) {
    this.loss = loss;
    const last = this.columns.length - 1;
    const allowed = this.activations(last).filter((name) => name !== "softmax" || FUSED[loss]);
    const { activation } = this.columns[last];
    const suits = allowed.includes(activation) && (activation !== "identity" || !FUSED[loss]);
    if (!suits) this.activate(last, allowed[0]);
  }

  // ---- the network that it becomes --------------------------------------------------------------

  /** What a server makes the network from. */
  spec() {
    const random = generator(SEED);
    const activation = this.columns.slice(1).map((column) => column.activation);
    const { layers, loss, bias, reduction, training } = this;
    return {
      network: { layers, activation, loss, bias, reduction },
      parameters: this.#parameters(random),
      inputs: this.#inputs(random),
      targets: this.#targets(random),
      training,
      seed: SEED,
    };
  }

  #parameters(random) {
    const found = {};
    for (let k = 1; k < this.columns.length; k++) {
      const [before, here] = [this.columns[k - 1], this.columns[k]];
      const follows = here.from !== null && before.from === here.from - 1;
      const old = follows ? this.old[`W${here.from}`] : null;
      found[`W${k}`] = grid(here.size, before.size, (j, i) => {
        return cell(old, j, i) ?? weight(random, before.size, here.size);
      });
      if (this.bias !== "none") found[`b${k}`] = this.#bias(here);
    }
    return found;
  }

  /** The bias of a neuron that was there; 0 of a new one. */
  #bias({ size, from }) {
    const old = from === null ? null : this.old[`b${from}`];
    const of = (j) => (old ? (old.shape.length ? old.data[j] : old.data[0]) : undefined) ?? 0;
    return this.bias === "shared" ? of(0) : Array.from({ length: size }, (_, j) => of(j));
  }

  #inputs(random) {
    const { x } = this.old;
    const entry = (k, i) => cell(x, k, i) ?? readable(random, 0, 1);
    return grid(this.samples, this.columns[0].size, entry);
  }

  #targets(random) {
    const outputs = this.columns.at(-1).size;
    if (this.loss === "softmax_cross_entropy") return this.#classes(outputs);
    const y = this.labels ? null : this.old.y;
    const likely = this.loss.startsWith("binary_cross_entropy");
    const fits = (value) => value !== undefined && (!likely || (value >= 0 && value <= 1));
    const fresh = () => (likely ? Math.round(random()) : readable(random, 0.01, 0.99));
    return grid(this.samples, outputs, (k, i) => {
      const value = cell(y, k, i);
      return fits(value) ? value : fresh();
    });
  }

  /** Class numbers, or rows of probabilities where there were some that still fit. */
  #classes(outputs) {
    const { y } = this.old;
    const rows = Array.from({ length: this.samples }, (_, k) => k);
    if (this.labels) return rows.map((k) => (y.data[k] < outputs ? y.data[k] : k % outputs));
    const old = (k) => Array.from({ length: outputs }, (_, i) => cell(y, k, i) ?? NaN);
    const sound = (row) => row.every((p) => p >= 0) && Math.abs(sum(row) - 1) < 1e-6;
    const one = (k) => Array.from({ length: outputs }, (_, i) => Number(i === k % outputs));
    return rows.map((k) => (sound(old(k)) && outputs === y?.shape.at(-1) ? old(k) : one(k)));
  }
}

/** An entry of an old matrix; undefined where it had none there. */
function cell(old, row, column) {
  if (!old || row >= old.shape[0] || column >= old.shape[1]) return undefined;
  return old.data[row * old.shape[1] + column];
}

function grid(rows, columns, entry) {
  const row = (j) => Array.from({ length: columns }, (_, i) => entry(j, i));
  return Array.from({ length: rows }, (_, j) => row(j));
}

function sum(numbers) {
  return numbers.reduce((a, b) => a + b, 0);
}

function unique(names) {
  return [...new Set(names)];
}
