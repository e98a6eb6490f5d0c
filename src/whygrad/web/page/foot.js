/** The foot of the page: where its numbers come from. */

import { make } from "whygrad/dom.js";
import { Spoken } from "whygrad/spoken.js";

/** @param {HTMLElement} root @param {import("whygrad/main.js").App} app */
export function mount(root, app) {
  const spoken = new Spoken(app);
  const said = spoken.text(make("p"), app.source.serves ? "view.foot.served" : "view.foot.carried");
  root.replaceChildren(said);
  app.on(() => spoken.draw());
}
