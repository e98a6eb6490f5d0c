/** A number of the network in a table: its field, whether it was changed, and the way back. */

import { make } from "whygrad/dom.js";
import { NumberField } from "whygrad/tables/entry.js";
import { named } from "whygrad/spoken.js";

export class Cell {
  /**
   * @param {import("whygrad/tables/edits.js").Numbers} numbers
   * @param {string} key the number's name
   * @param {object} [options]
   * @param {boolean} [options.link] whether the name stands above, and leads to its derivation
   * @param {(value: number) => string|null} [options.refuse]
   * @param {(value: number) => Record<string, number>} [options.moves] what a new value changes
   * @param {string[]} [options.together] the numbers that are taken back with it
   */
  constructor(numbers, key, options = {}) {
    const { link = false, refuse, moves = (v) => ({ [key]: v }), together = [key] } = options;
    const { app } = numbers;
    this.numbers = numbers;
    this.key = key;
    this.field = new NumberField(app, { take: (v, how) => numbers.edit(moves(v), how), refuse });
    const back = () => numbers.edit(originals(together, numbers));
    this.reset = make("button", { class: "reset", onclick: back }, "↺");
    this.reset.hidden = true;
    const tools = make("span", { class: "value" }, this.field.element, this.reset);
    this.element = make("td", { class: "entry" }, tools);
    if (link) {
      const look = () => app.look(key, "gradient");
      this.name = make("button", { class: "name", onclick: look }, key);
      this.now = make("small", { class: "now" });
      this.now.hidden = true;
      this.element.prepend(this.name);
      this.element.append(this.now);
    }
  }

  /** @param {string|null} looked what is looked at @param {string} [now] the number as it now is */
  draw(looked, now = "") {
    const { app } = this.numbers;
    const { key, field, reset } = this;
    const edited = this.numbers.edited(key);
    field.show(this.numbers.start(key), key);
    this.element.classList.toggle("edited", edited);
    this.element.classList.toggle("looked", looked === key);
    if (reset.hidden === edited) reset.hidden = !edited;
    if (edited && this.lang !== app.lang) {
      this.lang = app.lang;
      const number = app.print(this.numbers.original(key));
      named(reset, app.say("view.number.reset", { name: key, number }));
    }
    if (!this.now || this.now.textContent === now) return;
    this.now.textContent = now;
    this.now.hidden = !now;
  }
}

function originals(keys, numbers) {
  return Object.fromEntries(keys.map((key) => [key, numbers.original(key)]));
}
