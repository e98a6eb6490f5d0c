/**
 * The numbers behind the page: a lesson's arrays with the reader's changes, both passes, the descent.
 *
 * Nothing here knows a derivative: machine.js evaluates the formulas that the lesson carries.
 */

import { Machine, Trajectory } from "whygrad/arithmetic/machine.js";
import { sequence } from "whygrad/network/sequence.js";

const KEPT = 6; // descents that are kept, so that undoing is quick

/** One lesson, and what its numbers are under a state. */
export class Model {
  #machines = new Map();
  #trajectories = new Map();

  /** @param {object} lesson of kind "whole" */
  constructor(lesson) {
    this.lesson = lesson;
    const { sample, batch } = lesson.programs;
    this.several = batch !== null;
    this.programs = { sample: indexed(sample), batch: batch && indexed(batch) };
    this.samples = batch ? batch.samples : 1;
  }

  /** The state with everything that this lesson does not have left out. */
  possible(state) {
    const row = Math.min(state.row, this.samples - 1);
    const known = ([layer, name]) => this.activations(layer).includes(name);
    const activations = Object.fromEntries(Object.entries(state.activations).filter(known));
    const steps = sequence(this.lesson.network.layers.length - 1);
    const step = steps.includes(state.step) ? state.step : null;
    const sound = { ...state, row, step, activations };
    const all = this.programs.batch ?? this.programs.sample;
    sound.edits = Object.fromEntries(Object.entries(state.edits).filter((e) => this.#fits(all, e)));
    if (sound.at && !this.programs[this.mode(sound)].index.has(sound.at)) {
      sound.at = this.moved(sound.at, { ...sound, batch: !sound.batch }, sound);
    }
    return sound;
  }

  /** Whether a number may be given so: that of a source; a class only where there is such a one. */
  #fits(program, [key, value]) {
    const place = program.index.get(key);
    const node = place?.kind === "names" && program.node.get(place.id);
    if (!node || node.op) return false;
    const classes = this.lesson.network.layers.at(-1);
    return !node.integer || (Number.isInteger(value) && value >= 0 && value < classes);
  }

  /** The activations that a layer may have here; its present one is among them. */
  activations(layer) {
    return Object.keys(this.programs.sample.activations[layer] ?? {});
  }

  activation(layer, state) {
    return state.activations[layer] ?? this.lesson.network.activations[layer - 1];
  }

  /** The class numbers that are the targets; null where targets are numbers. */
  labels(state) {
    return this.lesson.labels ? [...this.sources({ ...state, batch: true }).y.data] : null;
  }

  /** What stands behind a condition of a reading: "a2", an activation; "y", a sample's class. */
  chosen(what, id, state) {
    if (what !== "y") return this.activation(Number(what.slice(1)), state);
    const { index } = this.programs[this.mode(state)];
    const key = id.split(":")[2];
    const place = index.get(key) ?? index.get(key.split("/∂").at(-1)); // ∂E_o1/∂out_o1 is none's own
    const each = this.programs.sample.node.get(place.id)?.names.length ?? 1;
    const row = this.mode(state) === "batch" ? Math.floor(place.flat / each) : state.row;
    return String(this.labels(state)[row]);
  }

  mode(state) {
    return this.several && state.batch ? "batch" : "sample";
  }

  /**
   * A name as it is called in another state: out_h1 of sample 2 is out_h1[2] among all samples.
   * @returns {string|null} null where there is no such number
   */
  moved(key, from, to) {
    const [source, target] = [this.programs[this.mode(from)], this.programs[this.mode(to)]];
    const place = source?.index.get(key);
    if (!place || !target) return null;
    const { id, flat, kind } = place;
    const single = this.programs.sample.node.get(id)?.names.length;
    const sampled = single !== source.node.get(id).names.length || single !== size(target, id);
    if (!sampled) return target.node.get(id)?.[kind]?.[flat] ?? null;
    const first = this.mode(to) === "batch" ? to.row * single : 0;
    return target.node.get(id)?.[kind]?.[first + (flat % single)] ?? null;
  }

  /** The name under which a number is edited: that among all samples, where there are several. */
  canonical(key, state) {
    return this.several ? this.moved(key, state, { ...state, batch: true }) : key;
  }

  /** What the reader starts from: every source's array, with the numbers that were changed. */
  sources(state) {
    const { lesson } = this;
    const all = this.programs.batch ?? this.programs.sample;
    const arrays = {};
    const given = { x: lesson.inputs, y: lesson.targets, ...lesson.parameters };
    for (const node of all.nodes) {
      if (node.id in given) {
        arrays[node.id] = { data: Float64Array.from([given[node.id]].flat(9)), shape: node.shape };
      }
    }
    for (const [key, value] of Object.entries(state.edits)) {
      const place = all.index.get(key);
      if (place?.kind === "names" && place.id in arrays) arrays[place.id].data[place.flat] = value;
    }
    return this.mode(state) === "sample" && this.several ? this.#rowOf(arrays, state.row) : arrays;
  }

  #rowOf(arrays, row) {
    const one = { ...arrays };
    for (const id of ["x", "y"]) {
      const { shape } = this.programs.sample.node.get(id);
      const size = shape.reduce((a, b) => a * b, 1);
      one[id] = { data: arrays[id].data.slice(row * size, (row + 1) * size), shape };
    }
    return one;
  }

  machine(state) {
    const mode = this.mode(state);
    const key = `${mode} ${JSON.stringify(state.activations)}`;
    if (!this.#machines.has(key)) {
      this.#machines.set(key, new Machine(this.programs[mode], state.activations));
    }
    return this.#machines.get(key);
  }

  rate(state) {
    return state.rate ?? this.lesson.training.learning_rate ?? 0.1;
  }

  order(state) {
    return state.order ?? this.lesson.training.update_order;
  }

  /** The descent from what the reader starts from; made anew where anything that it depends on changed. */
  trajectory(state) {
    const { edits, activations } = state;
    const one = this.mode(state) === "sample" ? state.row : null;
    const key = JSON.stringify([one, this.rate(state), this.order(state), activations, edits]);
    if (!this.#trajectories.has(key)) {
      const plan = { rate: this.rate(state), order: this.order(state) };
      const descent = new Trajectory(this.machine(state), this.sources(state), plan);
      this.#trajectories.set(key, descent);
      if (this.#trajectories.size > KEPT) {
        this.#trajectories.delete(this.#trajectories.keys().next().value);
      }
    }
    return this.#trajectories.get(key);
  }

  /** Every number of the page, once the descent has come as far as the state asks. */
  now(state) {
    const trajectory = this.trajectory(state);
    const sources = { ...this.sources(state), ...trajectory.at(state.it) };
    return new Now(this, state, sources, trajectory);
  }
}

/** Both passes at one iteration, asked by name. */
export class Now {
  #next = null;

  constructor(model, state, sources, trajectory) {
    this.model = model;
    this.mode = model.mode(state);
    this.row = state.row;
    this.rate = model.rate(state);
    this.order = model.order(state);
    this.program = model.programs[this.mode];
    this.sources = sources;
    this.trajectory = trajectory;
    this.machine = model.machine(state);
    this.it = state.it;
    const { values, gradients, slopes, masks } = this.machine.run(sources);
    Object.assign(this, { values: { ...sources, ...values }, gradients, slopes, masks });
    this.loss = this.values[this.program.loss].data[0];
  }

  /** Where a name belongs: {id, flat, kind: names|partials|deltas|updated}; null for none of these. */
  place(key) {
    return this.program.index.get(key) ?? null;
  }

  /** The number of a name; undefined where it is none of the passes'. */
  number(key) {
    if (key === "η") return this.rate;
    const place = this.place(key);
    if (!place) return undefined;
    const { id, flat, kind } = place;
    if (kind === "names") return this.values[id].data[flat];
    if (kind === "updated") return this.updated[id].data[flat];
    return this.gradients[id]?.data[flat] ?? 0;
  }

  /** The parameters after the step, by id. */
  get updated() {
    return { ...this.sources, ...this.#update.parameters };
  }

  /** The gradient that the step of a parameter is made with; undefined for any other name. */
  used(key) {
    const place = this.place(key);
    const parameter = place?.kind === "partials" && this.#update.gradients[place.id];
    return parameter ? parameter.data[place.flat] : undefined;
  }

  get #update() {
    this.#next ??= this.trajectory.next(this.it);
    return this.#next;
  }

  /** Whether a unit lets through: false where its rule is a mask that selects nothing now. */
  open(unit) {
    const place = this.place(unit);
    const mask = place && this.masks[place.id];
    return !mask || Boolean(mask.data[place.flat]);
  }

  /** The position of a neuron of the sample that is shown, in the arrays of its node. */
  flat(id, position) {
    const single = size(this.model.programs.sample, id);
    const sampled = this.mode === "batch" && size(this.program, id) !== single;
    return sampled ? this.row * (single ?? 1) + position : position;
  }

  /** The name of a neuron's number: name("out1", 0) is out_h1. kind: names, partials, deltas. */
  name(id, position, kind = "names") {
    return this.program.node.get(id)[kind]?.[this.flat(id, position)];
  }
}

function size(program, id) {
  return program.node.get(id)?.names.length;
}

/** A program whose nodes and names are found at once. */
function indexed(program) {
  const index = new Map();
  for (const node of program.nodes) {
    for (const kind of ["updated", "deltas", "partials", "names"]) {
      node[kind]?.forEach((name, flat) => index.set(name, { id: node.id, flat, kind }));
    }
  }
  return { ...program, index, node: new Map(program.nodes.map((node) => [node.id, node])) };
}
