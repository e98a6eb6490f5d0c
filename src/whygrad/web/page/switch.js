/** One of a few values is taken: a button each, and that of the value is pressed. */

import { make, set } from "whygrad/dom.js";

export class Switch {
  /**
   * @template T
   * @param {T[]} values
   * @param {(value: T) => void} take
   */
  constructor(values, take) {
    const button = (value) => {
      const about = { type: "button", "data-value": value, onclick: () => take(value) };
      return make("button", about);
    };
    this.buttons = new Map(values.map((value) => [value, button(value)]));
    this.element = make("span", { class: "switch", role: "group" }, ...this.buttons.values());
  }

  /**
   * @param {object} now
   * @param {string} now.label what is chosen
   * @param {(value: T) => string} now.named what each value is called
   * @param {T} now.present
   * @param {T[]} [now.possible] those that may be taken now: of one alone nothing is shown
   */
  draw({ label, named, present, possible = [...this.buttons.keys()] }) {
    set(this.element, { "aria-label": label });
    this.element.hidden = possible.length < 2;
    for (const [value, button] of this.buttons) {
      set(button, { text: named(value), "aria-pressed": String(value === present) });
      button.hidden = !possible.includes(value);
    }
  }
}
