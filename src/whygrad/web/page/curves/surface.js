/**
 * What the network computes: the surface of an output over two inputs, or its curve over one.
 *
 * Everything is evaluated by the program's own formulas, laid out for as many points as are drawn.
 */

import { zeros } from "whygrad/arithmetic/arrays.js";
import { make } from "whygrad/dom.js";
import { Tape } from "whygrad/arithmetic/formula.js";
import { Curve } from "whygrad/curves/curve.js";
import { Field } from "whygrad/curves/field.js";
import { listed, together } from "whygrad/words.js";

const REST = 250; // milliseconds without a change, before it is drawn where nobody sees it
const LISTED = 8; // samples whose outputs are said one by one

/** @param {HTMLElement} root @param {import("whygrad/main.js").App} app */
export function mount(root, app) {
  const view = new Surface(app);
  root.append(...view.nodes);
  let timer = null;
  let waits = false;
  let visible = true;
  const soon = () => {
    clearTimeout(timer);
    if (waits) return;
    waits = true;
    requestAnimationFrame(() => {
      waits = false;
      if (app.model === app.now.model) view.draw(); // else another lesson is on its way
    });
  };
  new IntersectionObserver(([entry]) => (visible = entry.isIntersecting)).observe(root);
  app.on(() => {
    root.hidden = app.lesson.network.layers[0] > 2;
    if (root.hidden) return;
    if (visible) return soon();
    clearTimeout(timer);
    timer = setTimeout(soon, REST);
  });
}

class Surface {
  #output = 0;
  #laid = { of: null };

  constructor(app) {
    this.app = app;
    this.heading = make("h2");
    this.select = make("select", { id: "surface-output", onchange: () => this.#choose() });
    this.asked = make("label", { for: "surface-output" });
    this.choice = make("div", { class: "row tools" }, this.asked, this.select);
    this.place = make("div");
    this.said = make("p", { class: "pale" });
    this.nodes = [this.heading, this.choice, this.place, this.said];
    this.pictures = { 1: new Curve(), 2: new Field() };
  }

  #choose() {
    this.#output = this.select.selectedIndex;
    this.draw();
  }

  draw() {
    const { app } = this;
    const { layers } = app.lesson.network;
    const outputs = outputNames(app);
    this.#output = Math.min(this.#output, outputs.length - 1);
    this.heading.textContent = app.say("view.surface.heading");
    this.choice.hidden = outputs.length < 2;
    this.asked.textContent = app.say("view.surface.output");
    this.#options(outputs.map((name, k) => labelled(app, name, k)));
    const picture = this.pictures[layers[0]];
    if (this.place.firstChild !== picture.node) this.place.replaceChildren(picture.node);
    const seen = this.#seen(outputs);
    picture.draw(seen);
    this.said.textContent = told(app, seen, picture.extent);
  }

  #options(names) {
    const { options } = this.select;
    if (
      names.some((name, k) => options[k]?.textContent !== name) ||
      options.length !== names.length
    ) {
      this.select.replaceChildren(...names.map((name) => make("option", {}, name)));
    }
    this.select.selectedIndex = this.#output;
  }

  /** All that a picture is made of. */
  #seen(outputs) {
    const { app } = this;
    const samples = samplesOf(app, this.#output);
    const rows = Float64Array.from(samples.flatMap(({ inputs }) => inputs));
    const found = this.#evaluate(samples.length, rows);
    samples.forEach((sample, k) => (sample.output = found[k]));
    return {
      app,
      samples,
      output: outputs[this.#output],
      names: inputNames(app),
      bounded: isProbability(app),
      evaluate: (count, points) => this.#evaluate(count, points),
      moved: app.now.mode === "sample" ? (inputs) => moved(app, inputs) : null,
    };
  }

  /** The chosen output at so many points, their inputs row after row. */
  #evaluate(count, points) {
    const { now, lesson } = this.app;
    const { x, parameters, out, tape } = this.#lay(count, now.machine.program);
    x.data.set(points);
    for (const [id, array] of Object.entries(parameters)) array.data.set(now.values[id].data);
    tape.run();
    const width = lesson.network.layers.at(-1);
    return Float64Array.from({ length: count }, (_, k) => out.data[k * width + this.#output]);
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

/** Puts the sample that is shown at a point of the picture, to two places: it was not exact anyway. */
function moved(app, inputs) {
  if (!inputs) return;
  const { edits } = app.state;
  const names = inputNames(app).map((name) => app.model.canonical(name, app.state));
  const set = inputs.map((value, k) => [names[k], Number(value.toFixed(2))]);
  app.set({ edits: { ...edits, ...Object.fromEntries(set) } });
}

// ---- samples and names --------------------------------------------------------------------------

/** @returns {{inputs: number[], target: number, row: number, shown: boolean}[]} every sample */
function samplesOf(app, output) {
  const { model, state, lesson } = app;
  const all = model.sources({ ...state, batch: true });
  const [inputs] = lesson.network.layers;
  return Array.from({ length: model.samples }, (_, row) => ({
    inputs: [...all.x.data.slice(row * inputs, (row + 1) * inputs)],
    target: targetOf(lesson, all.y, row, output),
    row,
    shown: state.row === row,
  }));
}

function targetOf(lesson, y, row, output) {
  if (lesson.labels) return Number(y.data[row] === output);
  return y.data[row * lesson.network.layers.at(-1) + output];
}

/** What the neurons of a node are called, without a number of a sample. */
function namesOf(app, role) {
  const node = app.model.programs.sample.nodes.findLast((n) => n.role === role);
  return node.names;
}

function inputNames(app) {
  return namesOf(app, "input");
}

function outputNames(app) {
  return namesOf(app, "out");
}

/** An output with the class that it stands for, where it does. */
function labelled(app, name, output) {
  const { classes } = app.lesson;
  return classes?.length > 1 && output in classes ? `${name} (${classes[output]})` : name;
}

/** Whether an output is a number between 0 and 1, so that ½ is where a decision falls. */
function isProbability(app) {
  const { network } = app.lesson;
  const depth = network.layers.length - 1;
  return ["sigmoid", "softmax"].includes(app.model.activation(depth, app.state));
}

/** The picture in words: the least and the largest output, and those at the samples. */
function told(app, { samples, output }, { least, most }) {
  const range = app.say("view.surface.range", {
    output,
    least: app.print(least, 6),
    most: app.print(most, 6),
  });
  if (samples.length > LISTED) return range;
  const each = samples.map((sample) =>
    app.say("view.surface.sample", {
      at: sample.inputs.map((v) => app.print(v, 6)).join(", "),
      output: app.print(sample.output, 6),
      target: app.print(sample.target, 6),
    }),
  );
  const said = app.say("view.surface.samples", { each: listed(app.lang, each) });
  return together(app.lang, [range, said]);
}
