/**
 * A program's passes and updates in numbers. The formulas come with the lesson (web/program.py);
 * what is known here is their order: forward, backward, update.
 */

import { shapeText, zeros } from "whygrad/arithmetic/arrays.js";
import { Tape } from "whygrad/arithmetic/formula.js";

export { Trajectory } from "whygrad/arithmetic/trajectory.js";

/** @typedef {import("whygrad/arithmetic/arrays.js").Numbers} Numbers */
/** @typedef {Object<string, Numbers>} Arrays by the id of their node */
/**
 * What is asked of an update. order: "simultaneous" or "sequential"; t: which one it is, from 1.
 * @typedef {{rate: number, order: string, t: number}} Step
 */

/** Evaluates one program: arrays that are there once, and the steps between them. */
export class Machine {
  #forward;
  #backward;
  #groups;
  #slopes = {};
  #masks = {};
  #seen;
  #rate = zeros([]);
  #t = zeros([]);

  /**
   * @param {object} program as web/program.py makes it
   * @param {Object<string, string>} activations by layer, where they are others than the network's
   */
  constructor(program, activations = {}) {
    this.program = swapped(program, activations);
    this.learned = this.program.groups.simultaneous.flat();
    this.memory = {};
    this.values = {};
    this.gradients = {};
    for (const { id, shape } of this.program.nodes) this.values[id] = zeros(shape);
    const ids = this.program.gradients.map(([id]) => id);
    for (const id of new Set([this.program.loss, ...ids, ...this.learned])) {
      this.gradients[id] = zeros(this.values[id].shape);
    }
    this.gradients[this.program.loss].data.fill(1);
    this.#lay();
  }

  #lay() {
    const { program, values } = this;
    this.#forward = new Tape(named(values));
    for (const [id, formula] of program.values) {
      this.#forward.fill(formula, values[id].shape, values[id]);
    }
    this.#backward = this.#reverse(program.gradients);
    this.#seen = new Tape(named(values));
    for (const [into, formulas] of [
      [this.#slopes, program.slopes],
      [this.#masks, program.masks],
    ]) {
      for (const [id, formula] of Object.entries(formulas)) {
        into[id] = this.#seen.fill(formula, values[id].shape);
      }
    }
    const moves = Object.fromEntries(this.learned.map((id) => [id, this.#move(id)]));
    this.#groups = Object.fromEntries(
      Object.entries(program.groups).map(([order, groups]) => [
        order,
        groups.map((ids) => ({
          tape: this.#reverse(leading(program.gradients, ids)),
          moves: ids.map((id) => moves[id]),
        })),
      ]),
    );
  }

  /** The steps of the reverse pass over the gradients that are listed. */
  #reverse(formulas) {
    const tape = new Tape(named(this.values, this.gradients));
    for (const [id, formula] of formulas) {
      tape.fill(formula, this.gradients[id].shape, this.gradients[id]);
    }
    return tape;
  }

  /** The steps that move one parameter: its step and its memory from those before, then both. */
  #move(id) {
    const { keeps, step, memory } = this.program.rule;
    const { shape, data: w } = this.values[id];
    this.memory[id] = Object.fromEntries(keeps.map((key) => [key, zeros(shape)]));
    const known = { w: this.values[id], g: this.gradients[id], rate: this.#rate, t: this.#t };
    const tape = new Tape(named({ ...known, ...this.memory[id] }));
    const change = tape.fill(step, shape).data;
    const kept = keeps.map((key) => {
      return [this.memory[id][key].data, tape.fill(memory[key], shape).data];
    });
    return () => {
      tape.run();
      for (let k = 0; k < w.length; k++) w[k] += change[k];
      for (const [old, fresh] of kept) old.set(fresh);
    };
  }

  /**
   * Puts arrays in: sources, or values as they were.
   * @param {Arrays} arrays
   */
  load(arrays) {
    for (const [id, { data }] of Object.entries(arrays)) {
      const own = this.values[id];
      if (!own) throw new Error(`The program has no array ${id}.`);
      if (data.length !== own.data.length) {
        throw new Error(`${id} (${shapeText(own.shape)}) was given ${data.length} numbers.`);
      }
      own.data.set(data);
    }
  }

  /**
   * The forward pass from the arrays as they are.
   * @returns {number} the loss
   */
  forward() {
    this.#forward.run();
    return this.values[this.program.loss].data[0];
  }

  /**
   * One update after a forward pass. Sequentially: each group's gradients are taken with the groups
   * before it already moved, and the activations as they were.
   * @param {Step} step
   */
  step({ rate, order, t }) {
    this.#rate.data[0] = rate;
    this.#t.data[0] = t;
    for (const { tape, moves } of this.#groups[order]) {
      tape.run();
      for (const move of moves) move();
    }
  }

  /**
   * Both passes from given sources.
   * @param {Arrays} sources
   * @returns {{values: Arrays, gradients: Arrays, slopes: Arrays, masks: Arrays}} copies
   */
  run(sources) {
    this.load(sources);
    this.forward();
    this.#backward.run();
    this.#seen.run();
    const { values, gradients } = this;
    return {
      values: copied(values),
      gradients: copied(gradients),
      slopes: copied(this.#slopes),
      masks: copied(this.#masks),
    };
  }

  /**
   * Every weight and bias as it is now, also those that do not learn.
   * @returns {Arrays} copies
   */
  parameters() {
    const ids = this.program.nodes
      .filter(({ role }) => role === "weight" || role === "bias")
      .map(({ id }) => id);
    return copied(Object.fromEntries(ids.map((id) => [id, this.values[id]])));
  }

  /**
   * The gradients of what learns that the last update was made with.
   * @returns {Arrays} copies
   */
  used() {
    return copied(Object.fromEntries(this.learned.map((id) => [id, this.gradients[id]])));
  }

  /** Empties what the rule remembers: the next update is the first. */
  forget() {
    for (const kept of Object.values(this.memory)) {
      for (const { data } of Object.values(kept)) data.fill(0);
    }
  }

  /** All numbers that an update changes, one after the other: parameters, then memory. */
  get #changing() {
    const kept = this.learned.flatMap((id) => Object.values(this.memory[id]));
    return [...this.learned.map((id) => this.values[id]), ...kept].map(({ data }) => data);
  }

  /** What `restore` puts back. */
  save() {
    const arrays = this.#changing;
    const saved = new Float64Array(arrays.reduce((size, { length }) => size + length, 0));
    let start = 0;
    for (const data of arrays) {
      saved.set(data, start);
      start += data.length;
    }
    return saved;
  }

  /** Puts back what `save` gave. */
  restore(saved) {
    let start = 0;
    for (const data of this.#changing) {
      data.set(saved.subarray(start, start + data.length));
      start += data.length;
    }
  }
}

/** A program with other activations: what they change is listed in it. */
function swapped(program, activations) {
  const result = { ...program, slopes: { ...program.slopes }, masks: { ...program.masks } };
  for (const [layer, name] of Object.entries(activations)) {
    const change = program.activations[layer]?.[name];
    if (!change) throw new Error(`Layer ${layer} cannot have the activation ${name} here.`);
    for (const part of ["values", "gradients"]) {
      result[part] = result[part].map(([id, formula]) => [id, change[part][id] ?? formula]);
    }
    for (const id of Object.keys(change.values)) {
      for (const part of ["slopes", "masks"]) {
        delete result[part][id];
        if (id in change[part]) result[part][id] = change[part][id];
      }
    }
  }
  return result;
}

/** The gradients, in their order, that those of the wanted nodes depend on. */
function leading(gradients, wanted) {
  const needed = new Set(wanted.map((id) => `∂${id}`));
  const found = [];
  for (const [id, formula] of [...gradients].reverse()) {
    if (!needed.has(`∂${id}`)) continue;
    found.unshift([id, formula]);
    for (const name of namesIn(formula)) needed.add(name);
  }
  return found;
}

function namesIn(formula) {
  if (typeof formula === "string") return [formula];
  return Array.isArray(formula) ? formula.slice(1).flatMap(namesIn) : [];
}

/** What the names in formulas stand for. */
function named(values, gradients = {}) {
  const marked = Object.entries(gradients).map(([id, array]) => [`∂${id}`, array]);
  return new Map([...Object.entries(values), ...marked]);
}

function copied(arrays) {
  const copy = ({ data, shape }) => ({ data: data.slice(), shape });
  return Object.fromEntries(Object.entries(arrays).map(([id, array]) => [id, copy(array)]));
}
