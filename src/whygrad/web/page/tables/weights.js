/** Weights and biases, layer by layer: a row for each neuron, a column for what it is fed with. */

import { Cell } from "whygrad/tables/cell.js";
import { make } from "whygrad/dom.js";
import { Spoken } from "whygrad/spoken.js";

export class Weights {
  #cells = [];

  /** @param {import("whygrad/tables/edits.js").Numbers} numbers */
  constructor(numbers) {
    this.numbers = numbers;
    this.app = numbers.app;
    this.spoken = new Spoken(this.app);
    const layers = this.app.lesson.network.layers.slice(1);
    this.captions = layers.map(() => make("h3"));
    const tables = layers.map((_, k) => this.#layer(k + 1));
    const parts = this.captions.flatMap((caption, k) => [
      caption,
      make("div", { class: "scroll box", tabindex: "-1" }, tables[k]),
    ]);
    this.element = make("div", {}, ...parts);
  }

  draw() {
    const { app, numbers } = this;
    const { looked } = numbers;
    const moved = app.state.it > 0;
    this.spoken.draw();
    this.#caption();
    for (const { cell, id, flat } of this.#cells) {
      const now = () => ({ number: app.print(app.now.sources[id].data[flat]) });
      cell.draw(looked, moved ? app.say("view.numbers.now", now()) : "");
    }
  }

  #caption() {
    const { app } = this;
    const activations = this.captions.map((_, k) => app.model.activation(k + 1, app.state));
    const drawn = [app.lang, ...activations].join();
    if (this.drawn === drawn) return;
    this.drawn = drawn;
    this.captions.forEach((caption, k) => {
      const said = { layer: k + 1, activation: activations[k] };
      caption.textContent = app.say("view.numbers.layer", said);
    });
  }

  /** net = W · out + b, written as a table. */
  #layer(k) {
    const weights = this.numbers.node(`W${k}`);
    const bias = this.numbers.node(`b${k}`);
    const [rows, columns] = weights.shape;
    const before = k === 1 ? "x" : `out${k - 1}`;
    const own = bias && bias.names.length === rows && bias.shape.length > 0;
    const heads = Array.from({ length: columns }, (_, i) => this.#link(before, i, "col"));
    if (own) heads.push(this.spoken.text(make("th", { scope: "col" }), "view.numbers.bias"));
    const body = Array.from({ length: rows }, (_, j) => {
      const cells = weights.names
        .slice(j * columns, (j + 1) * columns)
        .map((name, i) => this.#cell(name, weights.id, j * columns + i));
      if (own) cells.push(this.#cell(bias.names[j], bias.id, j));
      return make("tr", {}, this.#link(`net${k}`, j, "row"), ...cells);
    });
    if (bias && !own) body.push(this.#shared(bias, columns));
    const head = make("thead", {}, make("tr", {}, make("td"), ...heads));
    return make("table", { class: "weights" }, head, make("tbody", {}, ...body));
  }

  /** The bias that all neurons of a layer share. */
  #shared(bias, columns) {
    const head = this.spoken.text(make("th", { scope: "row" }), "view.numbers.shared");
    const cell = this.#cell(bias.names[0], bias.id, 0);
    cell.setAttribute("colspan", columns);
    return make("tr", {}, head, cell);
  }

  #cell(name, id, flat) {
    const cell = new Cell(this.numbers, name, { link: true });
    this.#cells.push({ cell, id, flat });
    return cell.element;
  }

  /** The name of a neuron's number, which leads to how it came about. */
  #link(id, position, scope) {
    const { app } = this;
    const name = app.model.programs.sample.node.get(id).names[position];
    const look = () => app.look(app.now.name(id, position), "value");
    return make("th", { scope }, make("button", { class: "name", onclick: look }, name));
  }
}
