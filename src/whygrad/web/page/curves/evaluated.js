/**
 * What a small network computes, evaluated by the program's own formulas, laid out for as many points
 * as are drawn.
 */

import { zeros } from "whygrad/arithmetic/arrays.js";
import { Tape } from "whygrad/arithmetic/formula.js";

/**
 * @typedef {object} Subject what surface.js draws
 * @property {{inputs: string[], outputs: string[]}} names  without a number of a sample
 * @property {boolean} bounded  whether an output is between 0 and 1, so that ½ is where a decision falls
 * @property {[number, number][]|null} axes  from where to where; null: around the samples
 * @property {(output: number) => Sample[]} samples
 * @property {(output: number, count: number, points: Float64Array) => Float64Array} evaluate
 *   an output at so many points, their inputs row after row
 * @property {((inputs: number[]|null) => void)|null} moved  called with a point of the picture
 * @property {((row: number) => void)|null} pick  called with a sample whose mark was clicked
 *
 * @typedef {{inputs: number[], output: number, target: number, row: number, shown: boolean}} Sample
 */

/** @implements {Subject} */
export class Evaluated {
  axes = null;
  #laid = { of: null };

  /** @param {import("whygrad/main.js").App} app */
  constructor(app) {
    this.app = app;
    this.pick = (row) => app.set({ row });
  }

  get names() {
    const { nodes } = this.app.model.programs.sample;
    const named = (role) => nodes.findLast((node) => node.role === role).names;
    return { inputs: named("input"), outputs: named("out") };
  }

  get bounded() {
    const { lesson, model, state } = this.app;
    const depth = lesson.network.layers.length - 1;
    return ["sigmoid", "softmax"].includes(model.activation(depth, state));
  }

  /** Puts the only sample that is shown at a point, to two places: it was not exact anyway. */
  get moved() {
    const { app, names } = this;
    if (app.now.mode !== "sample") return null;
    return (inputs) => {
      if (!inputs) return;
      const { edits } = app.state;
      const at = names.inputs.map((name) => app.model.canonical(name, app.state));
      const set = inputs.map((value, k) => [at[k], Number(value.toFixed(2))]);
      app.set({ edits: { ...edits, ...Object.fromEntries(set) } });
    };
  }

  samples(output) {
    const { model, state, lesson } = this.app;
    const { x, y } = model.sources({ ...state, batch: true });
    const [width] = lesson.network.layers;
    const found = this.evaluate(output, model.samples, x.data);
    return Array.from(found, (value, row) => ({
      inputs: [...x.data.slice(row * width, (row + 1) * width)],
      output: value,
      target: targetOf(lesson, y, row, output),
      row,
      shown: state.row === row,
    }));
  }

  evaluate(output, count, points) {
    const { now, lesson } = this.app;
    const { x, parameters, out, tape } = this.#lay(count, now.machine.program);
    x.data.set(points);
    for (const [id, array] of Object.entries(parameters)) array.data.set(now.values[id].data);
    tape.run();
    const width = lesson.network.layers.at(-1);
    return Float64Array.from({ length: count }, (_, k) => out.data[k * width + output]);
  }

  /** The formulas of the outputs, laid out for so many points; kept as long as they are the same. */
  #lay(count, program) {
    if (this.#laid.of !== program) this.#laid = { of: program, counts: new Map() };
    const { counts } = this.#laid;
    if (!counts.has(count)) counts.set(count, laidOut(program, count));
    return counts.get(count);
  }
}

function laidOut(program, count) {
  const arrays = new Map();
  const parameters = {};
  const x = program.nodes.find(({ role }) => role === "input");
  arrays.set(x.id, zeros([count, ...x.shape.slice(1)]));
  for (const { id, role, shape } of program.nodes) {
    if (role === "weight" || role === "bias") arrays.set(id, (parameters[id] = zeros(shape)));
  }
  const last = program.nodes.findLast(({ role }) => role === "out").id;
  const tape = new Tape(arrays);
  for (const [id, formula] of program.values) {
    arrays.set(id, tape.lay(formula));
    if (id === last) break;
  }
  return { tape, parameters, x: arrays.get(x.id), out: arrays.get(last) };
}

function targetOf(lesson, y, row, output) {
  if (lesson.labels) return Number(y.data[row] === output);
  return y.data[row * lesson.network.layers.at(-1) + output];
}
