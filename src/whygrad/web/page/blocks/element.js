/**
 * One number of a large network: its value, its gradient, and the lines that lead to both.
 *
 * A report carries those of the largest gradients; a server works out any that is asked for.
 */

import { make } from "whygrad/dom.js";
import { plain } from "whygrad/blocks/figures.js";
import { specOf } from "whygrad/blocks/own.js";
import { Switch } from "whygrad/switch.js";
import { together } from "whygrad/words.js";

const KEPT = 300; // answers of the server
const SETTLED = 400; // ms after which formulas out of sight are laid out too

export class ElementView {
  #asked = null; // what is shown, or being fetched
  #answers = new Map();

  /** @param {import("whygrad/main.js").App} app */
  constructor(app) {
    this.app = app;
    this.title = make("h3", { tabindex: -1 });
    this.summary = make("p", { class: "sum" });
    this.detail = new Switch(["factors", "delta"], (detail) => app.set({ detail }));
    this.body = make("div", {
      class: "derivation",
      onclick: (event) => this.#follow(event),
      onkeydown: (event) => event.key === "Enter" && this.#follow(event),
    });
    const parts = [this.title, this.summary, this.detail.element, this.body];
    this.root = make("section", { class: "element" }, ...parts);
  }

  /**
   * Takes up a lesson's blocks: the elements that are carried are known by both of their names.
   * @param {object} blocks
   * @param {import("whygrad/blocks/entries.js").Entries} entries
   */
  open(blocks, entries) {
    this.#asked = null;
    this.#answers.clear();
    this.entries = entries;
    this.carried = blocks.elements ?? {};
    for (const { name, at } of Object.values(this.carried)) entries.learn(name, at);
  }

  /**
   * Shows an element, or nothing.
   * @param {string|null} at as it is typed: W1[3,5]
   * @returns {Promise<void>|void}
   */
  show(at) {
    const { app } = this;
    this.root.hidden = at === null;
    if (at === null) {
      this.#asked = null;
      return undefined;
    }
    const asked = `${at} ${app.state.detail} ${app.lang} ${JSON.stringify(specOf(app))}`;
    if (asked === this.#asked) return undefined;
    this.#asked = asked;
    this.#switch();
    const carried = app.state.detail === "factors" || !app.source.serves ? this.carried[at] : null;
    const answer = carried ?? this.#answers.get(this.#key(at));
    if (answer) return this.#draw(answer);
    return app.source.serves ? this.#fetch(at, asked) : this.#refuse(at);
  }

  #key(at) {
    return `${at} ${this.app.state.detail} ${JSON.stringify(specOf(this.app))}`;
  }

  /** Asks the server for an element by any of its names. */
  async ask(at) {
    const { app } = this;
    const key = this.#key(at);
    if (!this.#answers.has(key)) {
      const question = { spec: specOf(app), at, detail: app.state.detail };
      const answer = await app.source.post("element", question);
      for (const name of [key, this.#key(answer.at)]) this.#answers.set(name, answer);
      for (const name of [at, answer.name]) this.entries.learn(name, answer.at);
      if (this.#answers.size > KEPT) this.#answers.delete(this.#answers.keys().next().value);
    }
    return this.#answers.get(key);
  }

  async #fetch(at, asked) {
    this.#head(at, "");
    this.root.setAttribute("aria-busy", "true");
    try {
      const answer = await this.ask(at);
      if (asked === this.#asked) this.#draw(answer);
    } catch (error) {
      if (asked !== this.#asked) return;
      this.#asked = null; // so that it may be asked for again
      this.#head(at, "");
      this.body.replaceChildren(make("p", { class: "notice" }, error.message));
    } finally {
      this.root.removeAttribute("aria-busy");
    }
  }

  // ---- drawing ----------------------------------------------------------------------------------

  #head(title, summary) {
    this.title.textContent = title;
    this.summary.textContent = summary;
  }

  /** Says what the page does not carry, and where it is to be had. */
  #refuse(at) {
    const { app } = this;
    this.#head(at, "");
    const way = app.lesson.blocks.network ? "view.blocks.ask.file" : "view.blocks.ask.graph";
    const said = [app.say("view.blocks.not_carried"), app.say(way, { name: at })];
    this.body.replaceChildren(make("p", { class: "notice" }, together(app.lang, said)));
  }

  #switch() {
    const { app } = this;
    this.detail.draw({
      label: app.say("view.blocks.detail"),
      named: (detail) => app.say(`view.blocks.detail.${detail}`),
      present: app.state.detail,
      possible: app.source.serves ? ["factors", "delta"] : [],
    });
  }

  #draw(answer) {
    const { app } = this;
    const name = answer.name === answer.at ? answer.at : `${answer.at} = ${answer.name}`;
    const [value, gradient] = [answer.value, answer.gradient].map((number) =>
      number === null ? app.say("view.blocks.none") : app.print(plain(number)),
    );
    this.#head(name, app.say("view.blocks.element", { value, gradient }));
    this.body.classList.remove("whole");
    this.body.replaceChildren(...answer.blocks.map((block) => this.#block(block)));
    this.#links();
    setTimeout(() => this.body.classList.add("whole"), SETTLED);
  }

  /** A block of the derivation; its markup was made by whygrad's own renderers. */
  #block(block) {
    const { lang } = this.app;
    if (block.p) return marked("p", block.p[lang]);
    if (block.heading) return marked("h4", block.heading[lang]);
    return make("div", { class: "lines" }, ...block.lines.map((line) => this.#line(line)));
  }

  #line(line) {
    const sides = line.sides.map((side) => {
      const sign = make("span", { class: "sign" }, side.sign);
      return make("span", { class: "side" }, sign, marked("span", side.math));
    });
    return make("div", { class: "line" }, marked("span", line.left), ...sides);
  }

  // ---- names that lead on -----------------------------------------------------------------------

  /** A name leads on where its number can be found: on a server any, in a report those it knows. */
  #links() {
    for (const link of this.body.querySelectorAll("[data-link]")) {
      const { link: name } = link.dataset;
      if (!this.app.source.serves && !this.entries.typed(name)) {
        link.removeAttribute("data-link");
        continue;
      }
      link.setAttribute("tabindex", "0");
      link.setAttribute("role", "link");
      link.setAttribute("aria-label", name);
    }
  }

  async #follow(event) {
    const { app } = this;
    const name = event.target.closest("[data-link]")?.dataset.link;
    if (!name) return;
    event.preventDefault();
    try {
      const at = this.entries.typed(name) ?? (await this.ask(name)).at;
      await app.set({ at });
      this.title.focus();
    } catch (error) {
      app.announce(error.message);
    }
  }
}

function marked(tag, markup) {
  const element = make(tag);
  element.innerHTML = markup;
  return element;
}
