/** What only a server can do: other networks to begin with, and files of the network. */

import { grouped } from "whygrad/arithmetic/numbers.js";
import { make } from "whygrad/dom.js";
import { menu } from "whygrad/head/menu.js";
import { openNetwork } from "whygrad/head/opening.js";
import { Spoken } from "whygrad/spoken.js";

/** The networks to begin with, asked for when the menu is first opened. */
export class Gallery {
  #found = null;

  /** @param {import("whygrad/main.js").App} app */
  constructor(app) {
    this.app = app;
    this.spoken = new Spoken(app);
    this.body = make("div", { class: "list" });
    this.element = menu(this.spoken.text(make("span"), "view.gallery"), this.body);
    this.element.addEventListener("toggle", () => this.element.open && this.#ask());
  }

  draw() {
    this.spoken.draw();
    const { lang } = this.app;
    if (!this.#found || this.lang === lang) return;
    this.lang = lang;
    const own = make("strong", {}, this.app.say("view.gallery.start"));
    this.body.replaceChildren(
      this.#choice(null, own),
      ...this.#found.map(({ key, title, about }) => {
        const said = [make("strong", {}, title[lang]), make("span", {}, about[lang])];
        return this.#choice({ gallery: key }, ...said);
      }),
    );
  }

  async #ask() {
    if (this.#found) return;
    try {
      this.#found = (await this.app.source.get("gallery")).gallery;
    } catch (error) {
      this.element.open = false;
      this.app.trouble = error;
    }
    this.app.draw();
  }

  #choice(spec, ...said) {
    const open = () => openNetwork(this.app, spec);
    return make("button", { onclick: open }, ...said);
  }
}

/** The network as a file. */
export class Exports {
  /** @param {import("whygrad/main.js").App} app */
  constructor(app) {
    this.app = app;
    this.spoken = new Spoken(app);
    const choice = (id, format) => {
      const button = make("button", { onclick: () => this.#save(format) });
      return this.spoken.text(button, id);
    };
    this.start = make("p", { class: "pale" });
    const body = make(
      "div",
      { class: "list" },
      this.start,
      choice("view.export.html", "html"),
      choice("view.export.toml", "toml"),
      choice("view.export.latex", "latex"),
      choice("view.export.python", "python"),
    );
    this.element = menu(this.spoken.text(make("span"), "view.export"), body);
  }

  draw() {
    this.spoken.draw();
    const { it } = this.app.state;
    this.start.textContent = it ? this.app.say("view.export.start", { it: grouped(it) }) : "";
    this.start.hidden = it === 0;
  }

  async #save(format) {
    const { app } = this;
    try {
      const question = { spec: app.spec(), format, lang: app.lang };
      const { name, text } = await app.source.post("export", question);
      save(name, text);
      app.announce(app.say("view.export.saved", { name }));
    } catch (error) {
      app.trouble = error;
      app.draw();
    }
  }
}

/** Gives a text to the reader as a file. */
function save(name, text) {
  const address = URL.createObjectURL(new Blob([text], { type: "application/octet-stream" }));
  const link = make("a", { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
