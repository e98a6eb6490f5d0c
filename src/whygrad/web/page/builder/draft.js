/**
 * A network that is being put together: its layers, its loss, and the spec that it is made from.
 *
 * Whatever still fits of the network that it began with is kept, number by number: a weight, where
 * both of its neurons were there and followed each other; inputs and targets, where they still are;
 * names of one's own, where what they name is; how it learns.
 */

import { generator, readable, weight } from "whygrad/tables/seeded.js";

export const MOST_NEURONS = 20; // of a layer: more cannot be told apart
export const MOST_LAYERS = 8;
export const MOST_SAMPLES = 20;
const SEED = 1;

/**
 * @typedef {object} Column a layer
 * @property {number} size
 * @property {number|null} from      which layer of the network before it is; null: a new one
 * @property {string|null} activation null for the inputs
 */

export class Draft {
  /**
   * @param {object} rules what may be put together (web/rules.py)
   * @param {object} begun its fields, and `old`: the arrays of the network that it began with
   */
  constructor(rules, begun) {
    this.rules = rules;
    /** @type {Column[]} */
    this.columns = [];
    Object.assign(this, begun);
    this.was = this.layers;
  }

  /** What is shown, with the reader's changes. @param {import("whygrad/main.js").App} app */
  static of({ boot, lesson, model, state }) {
    const { layers, loss, bias, reduction, names } = lesson.network;
    const { train_bias, optimizer } = lesson.training;
    const activation = (k) => (k === 0 ? null : model.activation(k, state));
    return new Draft(boot.rules, {
      old: model.sources({ ...state, batch: true }),
      columns: layers.map((size, k) => ({ size, from: k, activation: activation(k) })),
      labels: lesson.labels,
      classes: lesson.classes,
      names,
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
  static fresh({ boot }) {
    const column = (size, activation) => ({ size, from: null, activation });
    return new Draft(boot.rules, {
      old: {},
      columns: [column(2, null), column(2, "sigmoid"), column(2, "sigmoid")],
      labels: false,
      classes: null,
      names: {},
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
    return this.rules.activations.includes(last) && last !== "identity" ? last : "sigmoid";
  }

  /** The activations that a layer may have: its loss decides on that of the outputs. */
  activations(k) {
    const { activations } = this.rules;
    const { outputs, targets } = this.rules.losses[this.loss];
    const allowed = k < this.columns.length - 1 ? activations : outputs;
    const free = allowed !== outputs || targets === "any"; // a formula of one's own is kept
    return free ? unique([...allowed, this.columns[k].activation]) : outputs;
  }

  /** Another loss; the outputs get an activation that suits it. */
  lose(loss) {
    this.loss = loss;
    const last = this.columns.length - 1;
    const { outputs, fused } = this.rules.losses[loss];
    const { activation } = this.columns[last];
    const suits = outputs.includes(activation) && (activation !== "identity" || !fused);
    if (!suits) this.activate(last, outputs[0]);
  }

  // ---- the network that it becomes --------------------------------------------------------------

  /** What a server makes the network from. */
  spec() {
    const random = generator(SEED);
    const activation = this.columns.slice(1).map((column) => column.activation);
    const { layers, loss, bias, reduction, training } = this;
    return {
      network: { layers, activation, loss, bias, reduction, names: this.#names() },
      parameters: this.#parameters(random),
      inputs: this.#inputs(random),
      targets: this.#targets(random),
      classes: this.#called(),
      training,
      seed: SEED,
    };
  }

  #parameters(random) {
    const found = {};
    for (let k = 1; k < this.columns.length; k++) {
      const [before, here] = [this.columns[k - 1], this.columns[k]];
      const old = this.#follows(k) ? this.old[`W${here.from}`] : null;
      found[`W${k}`] = grid(here.size, before.size, (j, i) => {
        return cell(old, j, i) ?? weight(random, before.size, here.size);
      });
      if (this.bias !== "none") found[`b${k}`] = this.#bias(here);
    }
    return found;
  }

  /** Whether a layer and the one before it followed each other. */
  #follows(k) {
    const { from } = this.columns[k];
    return from !== null && k > 0 && this.columns[k - 1].from === from - 1;
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
    const { targets } = this.rules.losses[this.loss];
    if (targets === "distribution") return this.#classes(outputs);
    const y = this.labels ? null : this.old.y;
    const likely = targets === "probability";
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

  /** What the labels are called, where they are those that had names. */
  #called() {
    const kept = this.labels && this.rules.losses[this.loss].targets === "distribution";
    return kept && this.classes?.length === this.layers.at(-1) ? this.classes : null;
  }

  /** The reader's names by those that notation.py gives: those move where a layer does. */
  #names() {
    const found = {};
    const { was, layers } = this;
    const keep = (before, now) => {
      if (before in this.names) found[now] = this.names[before];
    };
    this.columns.forEach(({ from, size }, k) => {
      if (from === null) return;
      for (let j = 0; j < Math.min(size, was[from]); j++) keep(unit(was, from, j), unit(layers, k, j));
      if (k > 0 && this.bias === "shared") keep(`b${from}`, `b${k}`);
      if (!this.#follows(k)) return;
      for (let j = 0; j < Math.min(size, was[from]); j++) {
        for (let i = 0; i < Math.min(layers[k - 1], was[from - 1]); i++) {
          keep(numbered(was, from, j, i), numbered(layers, k, j, i));
        }
      }
    });
    return found;
  }
}

/** What a neuron of a layer is called by itself: i1, h1, h2_1, o1. */
function unit(layers, k, j) {
  if (k === 0) return `i${j + 1}`;
  if (k === layers.length - 1) return `o${j + 1}`;
  return k === 1 ? `h${j + 1}` : `h${k}_${j + 1}`;
}

/** What a weight is called by itself: all are counted, layer by layer, row by row. */
function numbered(layers, k, j, i) {
  const before = layers.slice(1, k).reduce((count, size, at) => count + size * layers[at], 0);
  return `w${before + j * layers[k - 1] + i + 1}`;
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
