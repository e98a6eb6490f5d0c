/** The head of the derivation: what is looked at, what is asked of it, its number where given. */

import { make } from "whygrad/dom.js";
import { OwnNumber } from "whygrad/derivation/own.js";
import { parts } from "whygrad/network/sequence.js";
import { Spoken } from "whygrad/spoken.js";
import { Switch } from "whygrad/switch.js";

const ABOUT = {
  value: "view.reading.value",
  gradient: "view.reading.gradient",
  update: "view.reading.update",
};
const DETAIL = { factors: "view.reading.factors", delta: "view.reading.delta" };
const ROLES = {
  input: "view.reading.role.input",
  target: "view.reading.role.target",
  weight: "view.reading.role.weight",
  bias: "view.reading.role.bias",
  net: "view.reading.role.net",
  out: "view.reading.role.out",
  error: "view.reading.role.error",
  loss: "view.reading.role.loss",
};
const BY_DELTA = ["input", "weight", "bias", "net", "out"]; // whose gradients have a δ form

export class Headline {
  /** @param {import("whygrad/main.js").App} app */
  constructor(app) {
    this.app = app;
    this.spoken = new Spoken(app);
    this.title = make("h2", { tabindex: -1 });
    this.role = make("span", { class: "pale" });
    this.close = make("button", {
      type: "button",
      class: "close",
      onclick: () => app.set({ at: null }),
    });
    const take = (what) => (value) => app.set({ at: this.looked.at, [what]: value });
    this.about = new Switch(Object.keys(ABOUT), take("about"));
    this.detail = new Switch(Object.keys(DETAIL), take("detail"));
    const blanks = () => app.set({ blanks: !app.state.blanks });
    this.blanks = make("button", { type: "button", onclick: blanks });
    this.spoken.text(this.blanks, "view.blanks.switch");
    this.tools = make(
      "div",
      { class: "row tools" },
      this.about.element,
      this.detail.element,
      this.blanks,
    );
    this.own = new OwnNumber(app);
    this.said = make("p", { class: "said" });
    this.element = make(
      "div",
      { class: "headline" },
      make("div", { class: "row top" }, this.title, this.role, this.close),
      this.tools,
      this.own.element,
      this.said,
    );
  }

  /** What is looked at, and the id of its reading; null where nothing is. */
  get looked() {
    const { state, now } = this.app;
    const place = state.at && now.place(state.at);
    if (!place) return null;
    const node = now.program.node.get(place.id);
    const at = node.names[place.flat];
    const abouts = ["value"];
    if (node.partials?.[place.flat]) abouts.push("gradient");
    if (node.updated?.[place.flat]) abouts.push("update");
    const about = abouts.includes(state.about) ? state.about : "value";
    const details =
      about === "gradient" && BY_DELTA.includes(node.role) ? ["factors", "delta"] : ["factors"];
    const detail = details.includes(state.detail) ? state.detail : "factors";
    const given = about === "value" && node.op === null;
    return { at, node, about, abouts, detail, details, given, id: `${about}:${detail}:${at}` };
  }

  draw() {
    const { app, looked } = this;
    const { step } = app.state;
    this.spoken.draw();
    this.element.hidden = !looked && !step;
    this.close.hidden = !looked;
    this.own.draw(looked);
    this.blanks.setAttribute("aria-pressed", app.state.blanks);
    this.about.draw({
      label: app.say("view.reading.about"),
      named: (about) => app.say(ABOUT[about]),
      present: looked?.about,
      possible: looked?.abouts ?? [],
    });
    this.detail.draw({
      label: app.say("view.reading.detail"),
      named: (detail) => app.say(DETAIL[detail]),
      present: looked?.detail,
      possible: looked?.details ?? [],
    });
    this.said.textContent = looked ? this.#aboutGiven(looked) : step ? this.#happens(step) : "";
    const back = app.say(step ? "view.reading.back" : "view.reading.close");
    if (this.close.textContent !== back) this.close.textContent = back;
    const title = looked ? looked.at : step ? this.#named(step) : "";
    const role = looked ? app.say(ROLES[looked.node.role] ?? "") : "";
    if (this.role.textContent !== role) this.role.textContent = role;
    if (this.shown !== title) this.title.replaceChildren(...(looked ? named(title) : [title]));
    this.shown = title;
  }

  #aboutGiven({ given, node }) {
    if (!given) return "";
    const learns = node.role === "weight" || node.role === "bias";
    return this.app.say(learns ? "view.reading.given.learned" : "view.reading.given");
  }

  #named(step) {
    const { app } = this;
    const { phase, layer } = parts(step);
    if (phase === "error") return app.say("view.reading.step.error");
    if (phase === "update") return app.say("view.reading.step.update");
    const depth = app.lesson.network.layers.length - 1;
    const where = layer === depth ? "output" : depth === 2 ? "hidden" : "hidden_of";
    const id = {
      "forward output": "view.reading.step.forward.output",
      "forward hidden": "view.reading.step.forward.hidden",
      "forward hidden_of": "view.reading.step.forward.hidden_of",
      "backward output": "view.reading.step.backward.output",
      "backward hidden": "view.reading.step.backward.hidden",
      "backward hidden_of": "view.reading.step.backward.hidden_of",
    }[`${phase} ${where}`];
    return app.say(id, { layer });
  }

  /** What happens in a step, in one sentence. */
  #happens(step) {
    const { app } = this;
    const { phase, layer } = parts(step);
    const last = layer === app.lesson.network.layers.length - 1;
    if (phase === "backward" && !last) return app.say("view.reading.happens.backward.hidden");
    return app.say(
      {
        forward: "view.reading.happens.forward",
        error: "view.reading.happens.error",
        backward: "view.reading.happens.backward.output",
        update: "view.reading.happens.update",
      }[phase],
    );
  }
}

/** A name as it is written: net_h1[2] with h1 below the line. @returns {(Node|string)[]} */
export function named(name) {
  return name.split(/_([^_[\]/+ ]+)/).map((part, k) => (k % 2 ? make("sub", {}, part) : part));
}
