/**
 * The panel beside the network: the derivation of what is looked at, or what a step works out.
 *
 * Numbers are put in anew in place; only what has another form is built again.
 */

import { Blanks } from "whygrad/derivation/blanks.js";
import { make } from "whygrad/dom.js";
import { Headline } from "whygrad/derivation/headline.js";
import { Known } from "whygrad/derivation/known.js";
import { Part, planned } from "whygrad/derivation/parts.js";
import { told } from "whygrad/refused.js";
import { together } from "whygrad/words.js";
import { workedOut } from "whygrad/network/sequence.js";
import { Tip } from "whygrad/derivation/tip.js";
import { Welcome } from "whygrad/derivation/welcome.js";

const MOST = 40; // readings of a step; a layer of more weights shows the first

/** @param {HTMLElement} root @param {import("whygrad/main.js").App} app */
export function mount(root, app) {
  const panel = new Panel(root, app);
  app.on(() => panel.draw());
}

class Panel {
  #turn = 0;
  #opened = new Map(); // key → whether the reader has opened or closed its part
  #tops = [];

  constructor(root, app) {
    Object.assign(this, { root, app });
    this.blanks = new Blanks(app, () => this.#refill());
    this.headline = new Headline(app);
    this.welcome = new Welcome(app);
    this.body = make("div", { class: "derivation" });
    this.note = make("p", { class: "notice" });
    this.progress = make("p", { class: "pale" });
    this.tip = new Tip(app, (key) => this.#seen(key));
    root.append(
      this.headline.element,
      this.progress,
      this.note,
      this.body,
      this.welcome.element,
      this.tip.element,
    );
    this.tip.watch(root);
    root.addEventListener("click", (event) => this.#follow(event));
    root.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.#follow(event);
    });
  }

  /** Called after every change. */
  async draw() {
    const turn = ++this.#turn;
    const { app } = this;
    const ids = this.#asked();
    this.headline.draw();
    this.welcome.element.hidden = ids !== null;
    this.welcome.draw();
    this.body.hidden = ids === null;
    try {
      const tree = ids ? await this.#tree(ids.slice(0, MOST)) : [];
      if (turn !== this.#turn) return;
      this.#show(tree, ids);
    } catch (error) {
      if (turn !== this.#turn) return;
      this.#show([], ids);
      if (!error.said) throw error;
      this.#say(together(app.lang, told(app, error))); // a hint would be for who asks by hand
    }
  }

  /** The readings that the state asks for; null: none, so the panel says what it is for. */
  #asked() {
    const { app } = this;
    const { step } = app.state;
    const looked = this.headline.looked;
    if (looked) return looked.given ? [] : [looked.id];
    return step ? workedOut(app, step) : null;
  }

  /** What is to be read, with what it rests on; in a step the lines stand alone. */
  #tree(ids) {
    const alone = !this.headline.looked;
    return planned(this.app, ids, { opened: this.#opened, alone });
  }

  #show(tree, ids) {
    const { app, blanks } = this;
    this.#say(this.#lacking(tree, ids));
    const other = this.#isOther();
    const known = new Known(app.now, this.#stepping);
    const lines = [...linesOf(tree)];
    for (const line of lines) known.learn(line);
    blanks.begin(known);
    for (const line of lines) blanks.sheet.learn(line);
    this.page = this.#page(known);
    this.#build(tree.filter((node) => node.way));
    this.#refill();
    if (app.state.blanks) blanks.judge();
    if (other && this.headline.looked && lines.length) this.#tell(tree[0]);
  }

  /** Whether what is read are steps of parameters. */
  get #stepping() {
    const { looked } = this.headline;
    return looked ? looked.about === "update" : this.app.state.step === "update";
  }

  /** What is to be said of readings that are not all here, or not what they seem; else null. */
  #lacking(tree, ids) {
    const { app } = this;
    if (ids?.length > MOST) {
      return app.say("view.reading.first", { shown: MOST, all: ids.length });
    }
    const sequential = this.#stepping && app.now.order === "sequential";
    if (tree.every((node) => node.way))
      return sequential ? app.say("view.reading.sequential") : null;
    const { rule } = app.now.program;
    if (this.#stepping && rule.name !== "sgd")
      return app.say("view.reading.rule", { rule: rule.name });
    if (app.source.serves) return app.say("view.reading.none");
    const singly = app.now.mode === "batch" && app.lesson.readings?.batch === null;
    return app.say(singly ? "view.reading.singly" : "view.reading.missing");
  }

  /** Whether something else is to be read than before, so that all lines are made anew. */
  #isOther() {
    const { lang, state } = this.app;
    const { at, about } = this.headline.looked ?? {};
    const form = JSON.stringify([lang, state.blanks, at, about, state.step]);
    if (form === this.form) return false;
    if (at !== this.at) this.root.scrollTop = 0;
    Object.assign(this, { form, at });
    this.#tops = [];
    // The drawing does not tell what is to be filled in.
    document.documentElement.toggleAttribute("data-blanks", state.blanks);
    return true;
  }

  /** Says what stands here now to those who do not see it. */
  #tell(node) {
    const { of: key } = [...linesOf([{ ...node, needs: [] }])].at(-1) ?? {};
    const number = this.#seen(key);
    this.app.announce(number === undefined ? (key ?? "") : `${key} = ${this.app.print(number)}`);
  }

  #say(text) {
    this.note.hidden = !text;
    this.note.textContent = text ?? "";
  }

  /** What the lines need to know; the same object as long as they stand, its numbers anew. */
  #page(known) {
    const { app, blanks } = this;
    const page = this.page ?? { say: (id, more) => app.say(id, more) };
    page.known = known;
    page.lang = app.lang;
    page.blank = app.state.blanks ? (line) => blanks.field(line) : null;
    page.shown = app.state.blanks ? (key) => blanks.shown(key, known) : (key) => known.number(key);
    page.toggle = (key, open) => {
      this.#opened.set(key, open);
      this.draw();
    };
    return page;
  }

  #build(tree) {
    const same =
      tree.length === this.#tops.length && tree.every((node, k) => this.#tops[k].fits(node));
    if (!same) {
      this.blanks.forget();
      this.#tops = tree.map((node) => new Part(node, this.page));
      this.body.replaceChildren(...this.#tops.map((part) => part.element));
    }
    this.#tops.forEach((part, k) => part.update(tree[k]));
  }

  #refill() {
    const { app, page } = this;
    for (const part of this.#tops) part.refill();
    this.progress.hidden = !app.state.blanks || !this.#tops.length;
    if (!this.progress.hidden)
      this.progress.textContent = app.say("view.blanks.count", this.blanks.progress);
    for (const link of this.body.querySelectorAll("[data-link]")) this.#dress(link, page);
  }

  // ---- names that lead on -----------------------------------------------------------------------

  /** The number of a name, as far as it may be seen. */
  #seen(key) {
    return this.page?.shown(key);
  }

  #dress(link, page) {
    const key = link.dataset.link;
    const leads = this.#target(key) !== null || this.#line(key, link) !== null;
    if (leads !== link.hasAttribute("role")) {
      for (const [name, value] of [
        ["role", "link"],
        ["tabindex", "0"],
      ]) {
        if (leads) link.setAttribute(name, value);
        else link.removeAttribute(name);
      }
    }
    if (!leads) return;
    const number = page.shown(key);
    const label = number === undefined ? key : `${key} = ${this.app.print(number)}`;
    if (link.label !== label) link.setAttribute("aria-label", (link.label = label));
  }

  #follow(event) {
    const link = event.target.closest?.("[data-link][role]");
    if (!link || (event.type === "keydown" && event.target !== link)) return;
    event.preventDefault();
    this.tip.hide();
    const key = link.dataset.link;
    const target = this.#target(key);
    if (target) this.app.set(target);
    else this.#goTo(this.#line(key, link));
    if (target && this.root.getBoundingClientRect().top < 0) this.root.scrollIntoView();
  }

  /** The state in which a name is looked at; null: it has no reading, or is looked at now. */
  #target(key) {
    const place = this.app.now.place(key);
    if (!place) return null;
    const { state, now } = this.app;
    const at = now.program.node.get(place.id).names[place.flat];
    const about = { names: "value", updated: "update" }[place.kind] ?? "gradient";
    const detail = place.kind === "deltas" ? "delta" : state.detail;
    const here = at === state.at && about === state.about && detail === state.detail;
    return here ? null : { at, about, detail };
  }

  /** The line on the page that works a name out, other than the one that the link stands in. */
  #line(key, link) {
    const line = this.body
      .querySelector(`.line[data-of="${CSS.escape(key)}"] .result`)
      ?.closest(".line");
    return line && !line.contains(link) ? line : null;
  }

  #goTo(line) {
    line.scrollIntoView({ block: "nearest" });
    line.focus({ preventScroll: true });
  }
}

function* linesOf(tree) {
  for (const { way, needs } of tree) {
    for (const block of way?.blocks ?? []) yield* block.lines ?? [];
    yield* linesOf(needs.filter((need) => need.id));
  }
}
