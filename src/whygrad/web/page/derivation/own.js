/** The number of what is looked at, where it is given: to be changed, and taken back. */

import { grouped } from "whygrad/arithmetic/numbers.js";
import { make } from "whygrad/dom.js";
import { Numbers } from "whygrad/tables/edits.js";
import { NumberField } from "whygrad/tables/entry.js";
import { Spoken } from "whygrad/spoken.js";

const FREE = ["weight", "bias", "input"]; // a target may have to be a probability, or a class

export class OwnNumber {
  /** @param {import("whygrad/main.js").App} app */
  constructor(app) {
    this.app = app;
    this.spoken = new Spoken(app);
    this.field = new NumberField(app, {
      take: (value, how) => this.numbers.edit({ [this.key]: value }, how),
    });
    const back = () => this.numbers.edit({ [this.key]: this.numbers.original(this.key) });
    this.reset = this.spoken.text(
      make("button", { type: "button", onclick: back }),
      "view.reading.reset",
    );
    this.name = make("span");
    this.note = make("span", { class: "pale" });
    this.element = make(
      "div",
      { class: "row own" },
      this.name,
      " = ",
      this.field.element,
      this.reset,
      this.note,
    );
  }

  /** @param {object|null} looked what the headline looks at */
  draw(looked) {
    const { app } = this;
    this.spoken.draw();
    this.element.hidden = !this.#changeable(looked);
    if (this.element.hidden) return;
    if (this.lesson !== app.lesson) {
      this.lesson = app.lesson;
      this.numbers = new Numbers(app);
    }
    this.key = app.model.canonical(looked.at, app.state);
    this.name.textContent = looked.at;
    this.field.show(this.numbers.start(this.key), looked.at);
    this.reset.hidden = !this.numbers.edited(this.key);
    const learned = ["weight", "bias"].includes(looked.node.role);
    const now = app.print(app.now.number(looked.at));
    const moved = learned && app.state.it > 0;
    this.note.textContent = moved
      ? app.say("view.reading.moved", { steps: grouped(app.state.it), now })
      : "";
  }

  /** Whether any number may stand there: a table has the others, with what they must keep to. */
  #changeable(looked) {
    if (!looked || looked.node.op !== null) return false;
    if (this.app.state.blanks) return false; // it would be taken for the first blank
    const { lesson, boot } = this.app;
    const { loss, autoencoder } = lesson.network;
    const { role } = looked.node;
    if (role === "input") return !autoencoder;
    return (
      FREE.includes(role) ||
      (!autoencoder && !looked.node.integer && boot.rules.losses[loss].targets === "any")
    );
  }
}
