/** The foot of the page: where its numbers come from. */

import { make, set } from "whygrad/dom.js";

/** @param {HTMLElement} root @param {import("whygrad/main.js").App} app */
export function mount(root, app) {
  const said = root.appendChild(make("p"));
  app.on(() => set(said, { text: app.say(source(app)) }));
}

function source(app) {
  if (!app.model) return "view.foot.blocks";
  return app.source.serves ? "view.foot.served" : "view.foot.carried";
}
