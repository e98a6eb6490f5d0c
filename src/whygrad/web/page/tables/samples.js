/** The samples as a table: a row each, the one that is shown marked, every number to be changed. */

import { Cell } from "whygrad/tables/cell.js";
import { make } from "whygrad/dom.js";

export class Samples {
  #rows = [];
  #drawn = "";

  /** @param {import("whygrad/tables/edits.js").Numbers} numbers */
  constructor(numbers) {
    this.numbers = numbers;
    this.app = numbers.app;
    this.network = this.app.lesson.network;
    this.takes = this.app.boot.rules.losses[this.network.loss].targets;
    const body = make("tbody", {}, ...this.#body());
    this.table = make("table", { class: "samples" }, this.#head(), body);
    this.note = make("p", { class: "pale" });
    const box = make("div", { class: "scroll box", tabindex: "-1" }, this.table);
    this.element = make("div", {}, this.note, box);
    this.table.addEventListener("click", (event) => this.#select(event));
    this.table.addEventListener("focusin", (event) => this.#select(event));
  }

  draw() {
    const { app, numbers } = this;
    const { row } = app.state;
    this.#say();
    // A descent redraws the page often, and changes none of these numbers.
    const drawn = JSON.stringify([app.state.edits, numbers.looked, row, app.lang]);
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    const { looked } = numbers;
    this.#rows.forEach((line, k) => {
      line.element.classList.toggle("shown", k === row);
      line.radio.checked = k === row;
      for (const cell of line.cells) cell.draw(looked);
      for (const { field } of line.cells) if (field) field.input.tabIndex = k === row ? 0 : -1;
    });
  }

  #say() {
    const { app } = this;
    if (this.lang === app.lang) return;
    this.lang = app.lang;
    this.corner.textContent = app.say("view.numbers.sample");
    this.#rows.forEach(({ radio }, k) =>
      radio.setAttribute("aria-label", app.say("view.numbers.row", { number: k + 1 })),
    );
    this.note.textContent = this.#about();
    this.note.hidden = !this.note.textContent;
  }

  #about() {
    const { app } = this;
    if (this.network.autoencoder) return app.say("view.numbers.autoencoder");
    if (app.lesson.labels) return app.say("view.numbers.classes");
    return this.takes === "distribution" ? app.say("view.numbers.distribution") : "";
  }

  // ---- how it is put together -------------------------------------------------------------------

  get #withTargets() {
    return !this.network.autoencoder;
  }

  #head() {
    const { node } = this.app.model.programs.sample;
    this.corner = make("th", { scope: "col" });
    const columns = [...node.get("x").names.map((name, k) => this.#link("x", name, k))];
    if (this.#withTargets) {
      columns.push(...node.get("y").names.map((name, k) => this.#link("y", name, k)));
    }
    return make("thead", {}, make("tr", {}, this.corner, ...columns));
  }

  /** A column's name, which leads to the number of the sample that is shown. */
  #link(id, name, position) {
    const { app } = this;
    if (id === "y" && app.lesson.labels) return make("th", { scope: "col" }, name);
    const look = () => app.look(app.now.name(id, position), "value");
    const button = make("button", { class: "name", onclick: look }, name);
    return make("th", { scope: "col", class: id === "y" ? "target" : "" }, button);
  }

  #body() {
    const [x, y] = [this.numbers.node("x"), this.numbers.node("y")];
    const count = this.app.model.samples;
    for (let k = 0; k < count; k++) {
      const row = (node) => part(node.names, k, count);
      const inputs = row(x).map((key, j) => this.#input(key, row(y)[j]));
      const targets = this.#withTargets ? this.#targets(row(y)) : [];
      this.#rows.push(this.#row(k, [...inputs, ...targets]));
    }
    return this.#rows.map(({ element }) => element);
  }

  #row(k, cells) {
    const radio = make("input", { type: "radio", name: "whygrad-sample", value: k });
    const label = make("label", {}, radio, String(k + 1));
    const head = make("th", { scope: "row" }, label);
    const element = make("tr", { "data-row": k }, head, ...cells.map((cell) => cell.element));
    return { element, radio, cells };
  }

  #input(key, target) {
    const both = (value) => ({ [key]: value, [target]: value });
    const options = { moves: both, together: [key, target] };
    return new Cell(this.numbers, key, this.network.autoencoder ? options : {});
  }

  #targets(keys) {
    if (this.app.lesson.labels) return keys.map((key) => new ClassCell(this.numbers, key));
    const refuse = this.takes === "any" ? undefined : probability;
    const whole = this.takes === "distribution";
    return keys.map((key) => {
      const shared = { moves: (value) => this.#shared(keys, key, value), together: keys };
      const cell = new Cell(this.numbers, key, { refuse, ...(whole && shared) });
      cell.element.classList.add("target");
      return cell;
    });
  }

  /** A row of probabilities with a new one: the others keep their proportions, the sum stays 1. */
  #shared(keys, key, value) {
    const others = keys.filter((other) => other !== key);
    const sum = others.reduce((total, other) => total + this.numbers.start(other), 0);
    const share = (other) => (sum > 0 ? this.numbers.start(other) / sum : 1 / others.length);
    const rest = (other) => Number(((1 - value) * share(other)).toPrecision(12));
    return Object.fromEntries([[key, value], ...others.map((other) => [other, rest(other)])]);
  }

  /** The sample that is clicked on, or whose number is edited, is the one that is shown. */
  #select(event) {
    const row = Number(event.target.closest("[data-row]")?.dataset.row ?? NaN);
    if (Number.isNaN(row) || row === this.app.state.row) return;
    this.app.set({ row }, { undo: event.type === "click" });
  }
}

/** A target that is a class. */
class ClassCell {
  constructor(numbers, key) {
    const { app } = numbers;
    const names = app.lesson.classes ?? [];
    const count = app.lesson.network.layers.at(-1);
    const option = (_, k) => make("option", { value: k }, names[k] ?? String(k));
    const take = () => numbers.edit({ [key]: Number(this.select.value) });
    const options = Array.from({ length: count }, option);
    this.select = make("select", { "aria-label": key, onchange: take }, ...options);
    this.field = { input: this.select };
    this.element = make("td", { class: "entry target" }, this.select);
    this.numbers = numbers;
    this.key = key;
  }

  draw(looked) {
    this.select.value = String(this.numbers.start(this.key));
    this.element.classList.toggle("edited", this.numbers.edited(this.key));
    this.element.classList.toggle("looked", looked === this.key);
  }
}

function probability(value) {
  return value >= 0 && value <= 1 ? null : "view.number.probability";
}

/** The part of an array's names that belongs to one of so many samples. */
function part(names, row, samples) {
  const each = names.length / samples;
  return names.slice(row * each, (row + 1) * each);
}
