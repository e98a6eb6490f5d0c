/** The link to what is shown: copied, or put where it can be copied by hand. */

import { make } from "whygrad/dom.js";
import { Spoken } from "whygrad/spoken.js";
import { written } from "whygrad/state.js";

/**
 * What is copied, and how it is said. On a server and in a notebook only what stands behind the #
 * means anything to others: it belongs behind a report's address.
 * @param {import("whygrad/main.js").App} app
 * @returns {{link: string, said: string}}
 */
export function shared(app) {
  const part = `#${written({ ...app.state, spec: null })}`; // a report carries its own network
  if (app.boot.home === "report") {
    return { link: location.href.split("#")[0] + part, said: app.say("view.share.copied") };
  }
  const said = app.state.spec ? app.say("view.share.built") : app.say("view.share.part");
  return { link: part, said };
}

export class Share {
  /** @param {import("whygrad/main.js").App} app */
  constructor(app) {
    this.app = app;
    this.spoken = new Spoken(app);
    this.button = make("button", { onclick: () => this.copy() });
    this.field = make("input", { class: "link", readonly: true });
    const close = make("button", { class: "bare", onclick: () => this.close() }, "×");
    this.said = make("span", { role: "status" });
    this.panel = make("div", { class: "notice row copied" }, this.said, this.field, close);
    this.panel.hidden = true;
    this.spoken.text(this.button, "view.share.copy");
    this.spoken.label(close, "view.close");
    this.spoken.label(this.field, "view.share.link");
  }

  async copy() {
    const { link, said } = shared(this.app);
    this.field.value = link;
    this.panel.hidden = false;
    try {
      await navigator.clipboard.writeText(link);
      this.said.textContent = said;
    } catch {
      this.said.textContent = this.app.say("view.share.byhand");
      this.field.focus();
      this.field.select();
    }
  }

  close() {
    this.panel.hidden = true;
    this.button.focus();
  }

  draw() {
    this.spoken.draw();
    // A link that no longer leads to what is shown is taken away.
    if (!this.panel.hidden && this.field.value !== shared(this.app).link) this.panel.hidden = true;
  }
}
