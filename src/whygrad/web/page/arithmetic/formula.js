/**
 * Formulas as data → numbers. What they may hold is written in whygrad/render/formula.py.
 *
 * A formula of arrays is laid out once as a list of steps between arrays that are there already;
 * what occurs twice is computed once. Nothing is ever evaluated as JavaScript.
 */

import { broadcastShape, repeated, shapeText, sizeOf, zeros } from "whygrad/arithmetic/arrays.js";
import { ELEMENTWISE } from "whygrad/arithmetic/functions.js";
import { STRUCTURED } from "whygrad/arithmetic/structured.js";

/** @typedef {number|string|object|Array} Formula */
/** @typedef {import("whygrad/arithmetic/arrays.js").Numbers} Numbers */

/** Steps that compute arrays from arrays, each once, in their order. */
export class Tape {
  #steps = [];
  #made = new Map(); // by what it is computed from: each sub-formula has one array
  #marks = new Map(); // each array's number in such keys
  #constants = new Set();

  /** @param {Map<string, Numbers>} arrays what names stand for; the steps read these very arrays */
  constructor(arrays) {
    this.arrays = arrays;
  }

  /** Computes everything that was laid out, from the arrays as they are now. */
  run() {
    const steps = this.#steps;
    for (let k = 0; k < steps.length; k++) steps[k]();
  }

  /**
   * Lays out a formula; the array that it gives is filled by `run`.
   * @param {Formula} formula
   * @returns {Numbers}
   */
  lay(formula) {
    if (typeof formula === "string") return this.#named(formula);
    if (typeof formula === "number" || "n" in formula) return this.#constant(constantOf(formula));
    const { name, parts, attributes } = callOf(formula);
    const operands = parts.map((part) => this.lay(part));
    const key = `${name} ${operands.map((x) => this.#mark(x))} ${JSON.stringify(attributes)}`;
    return this.#once(key, () => this.#called(name, operands, attributes));
  }

  /**
   * The same in an array of its own and of that shape, which no other name shares.
   * @param {Formula} formula
   * @param {number[]} shape
   * @param {Numbers} [into]
   * @returns {Numbers}
   */
  fill(formula, shape, into = zeros(shape)) {
    const { data, shape: found } = this.lay(formula);
    const places = repeated(found, broadcastShape([found, shape]));
    if (places.length !== into.data.length) {
      throw new Error(`An array of ${shapeText(shape)} was given ${shapeText(found)}.`);
    }
    const out = into.data;
    this.#steps.push(() => {
      for (let k = 0; k < out.length; k++) out[k] = data[places[k]];
    });
    return into;
  }

  #named(name) {
    const found = this.arrays.get(name);
    if (!found) throw new Error(`A formula speaks of ${name}, which nothing has computed.`);
    return found;
  }

  #constant(value) {
    return this.#once(`= ${value}`, () => {
      const made = { data: Float64Array.of(value), shape: [] };
      this.#constants.add(made);
      return made;
    });
  }

  #called(name, operands, attributes) {
    const rule = own(ELEMENTWISE, name) ? elementwise : own(STRUCTURED, name) && STRUCTURED[name];
    if (!rule) throw new Error(`A formula calls ${name}, which this page has no function for.`);
    const { shape, data, step } = rule(operands, attributes, ELEMENTWISE[name]);
    const made = { data: data ?? new Float64Array(sizeOf(shape)), shape };
    if (!step) return made;
    if (operands.every((x) => this.#constants.has(x))) {
      step(made.data)();
      this.#constants.add(made);
    } else {
      this.#steps.push(step(made.data));
    }
    return made;
  }

  #once(key, make) {
    if (!this.#made.has(key)) this.#made.set(key, make());
    return this.#made.get(key);
  }

  #mark(array) {
    if (!this.#marks.has(array)) this.#marks.set(array, this.#marks.size);
    return this.#marks.get(array);
  }
}

/**
 * The number of a formula of numbers.
 * @param {Formula} formula
 * @param {function(string): number} lookup the number of a quantity by its key, or of a name
 * @returns {number}
 */
export function scalar(formula, lookup) {
  if (typeof formula === "string") return lookup(formula);
  if (typeof formula === "object" && "q" in formula) return lookup(formula.q);
  if (typeof formula === "number" || "n" in formula) return constantOf(formula);
  const { name, parts } = callOf(formula);
  if (!own(ELEMENTWISE, name)) {
    throw new Error(`A line calls ${name}, which is not a function of numbers.`);
  }
  return ELEMENTWISE[name](...parts.map((part) => scalar(part, lookup)));
}

const CONSTANTS = { inf: Infinity, "-inf": -Infinity, nan: NaN };

function constantOf(formula) {
  return typeof formula === "number" ? formula : CONSTANTS[formula.n];
}

/** The parts of a call; attributes, where there are any, are its last item. */
function callOf(formula) {
  if (!Array.isArray(formula)) {
    throw new Error(`${JSON.stringify(formula)} is no formula of arrays.`);
  }
  const [name, ...parts] = formula;
  const last = parts.at(-1);
  const some = last && typeof last === "object" && !Array.isArray(last);
  const attributes = some && !("q" in last || "n" in last) ? parts.pop() : {};
  return { name, parts, attributes };
}

/** Whether a table has that name itself: "constructor" is no function of formulas. */
function own(table, name) {
  return Object.hasOwn(table, name);
}

/** An element-wise function of arrays, with NumPy's broadcasting. */
function elementwise(operands, attributes, f) {
  const shape = broadcastShape(operands.map((x) => x.shape));
  const size = sizeOf(shape);
  const same = operands.every((x) => x.data.length === size);
  const arrays = operands.map((x) => x.data);
  const places = operands.map((x) => repeated(x.shape, shape));
  return { shape, step: (same ? ALIKE : APART)[operands.length - 1](f, arrays, places) };
}

// Loops over one, two and three operands: of the result's own size, and of others.
const ALIKE = [
  (f, [a]) => (out) => () => {
    for (let k = 0; k < out.length; k++) out[k] = f(a[k]);
  },
  (f, [a, b]) => (out) => () => {
    for (let k = 0; k < out.length; k++) out[k] = f(a[k], b[k]);
  },
  (f, [a, b, c]) => (out) => () => {
    for (let k = 0; k < out.length; k++) out[k] = f(a[k], b[k], c[k]);
  },
];
const APART = [
  ALIKE[0],
  (f, [a, b], [i, j]) => (out) => () => {
    for (let k = 0; k < out.length; k++) out[k] = f(a[i[k]], b[j[k]]);
  },
  (f, [a, b, c], [i, j, l]) => (out) => () => {
    for (let k = 0; k < out.length; k++) out[k] = f(a[i[k]], b[j[k]], c[l[k]]);
  },
];
