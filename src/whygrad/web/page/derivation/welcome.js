/** What the panel says where nothing is looked at: what can be done, and the quickest ways in. */

import { make } from "whygrad/dom.js";

export class Welcome {
  /** @param {import("whygrad/main.js").App} app */
  constructor(app) {
    this.app = app;
    this.element = make("div", { class: "welcome" });
  }

  draw() {
    const { app } = this;
    if (this.element.hidden) return;
    const ways = this.#ways();
    const form = JSON.stringify([app.lang, ways.map(([said]) => said)]);
    if (form === this.form) return;
    this.form = form;
    const buttons = ways.map(([said, change]) =>
      make("li", {}, make("button", { type: "button", onclick: () => app.set(change) }, said)),
    );
    this.element.replaceChildren(
      make("h2", {}, app.say("view.reading.welcome")),
      make("p", {}, app.say("view.reading.click")),
      make("p", {}, app.say("view.reading.links")),
      make("h3", {}, app.say("view.reading.begin")),
      make("ul", { class: "ways" }, ...buttons),
    );
  }

  /** What to begin with, and the change of the state that does it. @returns {[string, object][]} */
  #ways() {
    const { app } = this;
    const { layers } = app.lesson.network;
    const depth = layers.length - 1;
    const first = (layer) => app.now.program.node.get(`W${layer}`)?.names[0];
    const at = (key, more) => ({ at: key, about: "gradient", ...more });
    const [last, hidden] = [first(depth), depth > 1 ? first(1) : undefined];
    const softmax = [app.lesson.network.loss, app.model.activation(depth, app.state)].some((name) =>
      name.startsWith("softmax"),
    );
    const alone = app.now.program.samples === 1 && !softmax;
    const way = alone ? "view.reading.way.last" : "view.reading.way.output";
    const meet = layers[depth] > 1 ? "view.reading.way.meet" : "view.reading.way.hidden";
    return [
      ...(last ? [[app.say(way, { name: last }), at(last)]] : []),
      ...(hidden ? [[app.say(meet, { name: hidden }), at(hidden)]] : []),
      [app.say("view.reading.way.steps"), { step: "forward.1", at: null }],
      ...(last
        ? [[app.say("view.reading.way.blanks", { name: last }), at(last, { blanks: true })]]
        : []),
    ];
  }
}
