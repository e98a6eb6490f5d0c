/** The page: a lesson, the reader's state, the numbers that follow, and the views that show them. */

import * as blocks from "whygrad/blocks/blocks.js";
import * as foot from "whygrad/foot.js";
import { Model } from "whygrad/model.js";
import * as network from "whygrad/network/network.js";
import * as norms from "whygrad/curves/norms.js";
import { print } from "whygrad/arithmetic/numbers.js";
import * as reading from "whygrad/derivation/reading.js";
import * as run from "whygrad/curves/run.js";
import { sourceOf } from "whygrad/source.js";
import { Past, read, written } from "whygrad/state.js";
import * as steps from "whygrad/network/steps.js";
import * as surface from "whygrad/curves/surface.js";
import * as table from "whygrad/tables/table.js";
import * as top from "whygrad/head/top.js";
import * as training from "whygrad/curves/training.js";
import { language, say } from "whygrad/words.js";

/** The views by the kind of lesson that they show. */
const VIEWS = {
  any: { top, foot, run },
  whole: { network, steps, training, reading, numbers: table, surface, norms },
  blocks: { blocks },
};
const AHEAD = 100; // iterations that a descent makes by itself
const RESTING = 60; // milliseconds without a change, after which it does
const BETWEEN = 200; // milliseconds between two writings of the address

/** What every view is given. */
export class App {
  #listeners = [];
  #mounting = "any"; // the kind of lesson of the views that are being mounted
  #past = new Past();
  #writing = null; // an address that is yet to be written
  #written = -Infinity; // when the last one was
  #turn = 0; // of the latest change; an older one that is still being worked out gives way

  constructor(boot) {
    this.boot = boot;
    this.source = sourceOf(boot);
    this.state = read(location.hash);
    this.busy = null; // how far a long descent has come, from 0 to 1
    this.trouble = null; // what went wrong last, to be said
  }

  // ---- what is said ---------------------------------------------------------------------------

  get lang() {
    return this.state.lang ?? language(this.boot.lang);
  }

  say(id, blanks) {
    return say(this.boot.words, this.lang, id, blanks);
  }

  /** What the lesson is called; a network of the gallery has a name in each language. */
  get title() {
    const { gallery, title } = this.lesson;
    return gallery ? this.say(`view.gallery.${gallery}`) : title || "whygrad";
  }

  print(number, digits) {
    return print(number, digits);
  }

  /** Says something to those who do not see it. */
  announce(text) {
    document.getElementById("said").textContent = text;
  }

  // ---- what is shown --------------------------------------------------------------------------

  /** Opens the lesson of the state: the page's own, or a network that a server builds. */
  async open() {
    this.lesson = await this.source.lesson(this.source.serves ? this.state.spec : null);
    this.model = this.lesson.kind === "whole" ? new Model(this.lesson) : null;
    await this.#settle();
  }

  /** Draws a view anew after every change of a lesson of its kind. */
  on(listener) {
    this.#listeners.push({ listener, kind: this.#mounting });
  }

  /** Puts a view into its section. kind: of the lessons that it shows. */
  mount(view, section, kind) {
    this.#mounting = kind;
    view.mount(section, this);
    this.#mounting = "any";
  }

  /**
   * Changes the state; everything follows. undo: whether the reader may take it back as one step.
   * @param {Partial<import("whygrad/state.js").State>} change
   */
  set(change, { undo = true } = {}) {
    if (undo) this.#past.leave(this.state);
    return this.#go(Object.freeze({ ...this.state, ...this.#kept(change), ...change }));
  }

  /** Looks at a quantity: what a click on a name, a neuron or a weight does. */
  look(at, about = "gradient") {
    return this.set({ at, about });
  }

  undo() {
    return this.#goTo(this.#past.back(this.state));
  }

  redo() {
    return this.#goTo(this.#past.forth(this.state));
  }

  get canUndo() {
    return this.#past.canUndo;
  }

  get canRedo() {
    return this.#past.canRedo;
  }

  /** Readings of these ids under the present choices; null for one that cannot be had. */
  readings(ids) {
    const { now, model, state } = this;
    return this.source.readings(ids, {
      mode: now.mode,
      row: state.row,
      key: JSON.stringify([state.activations, model.labels(state)]),
      spec: this.spec(),
      chosen: (what, id) => model.chosen(what, id, state),
    });
  }

  /** The network as the reader has made it, for a server. */
  spec() {
    const { state } = this;
    const { rate: learning_rate, order: update_order } = state;
    const training = { learning_rate, update_order };
    for (const key of Object.keys(training)) training[key] ?? delete training[key];
    const changes = { activations: state.activations, edits: state.edits, training };
    return { ...(state.spec ?? { start: true }), changes };
  }

  // ---- how a change becomes what is shown -------------------------------------------------------

  /** What else a change moves: what is looked at is called otherwise among all samples. */
  #kept(change) {
    const moves = "batch" in change || "row" in change;
    if (!moves || "at" in change || !this.state.at || !this.model) return {};
    return { at: this.model.moved(this.state.at, this.state, { ...this.state, ...change }) };
  }

  /** To a state that was left, in the language and the colours of now. */
  #goTo(state) {
    const { lang, theme } = this.state;
    return state ? this.#go(Object.freeze({ ...state, lang, theme })) : undefined;
  }

  async #go(state) {
    const other = JSON.stringify(state.spec) !== JSON.stringify(this.state.spec);
    const { state: before, lesson, model } = this;
    this.state = state;
    this.#address();
    try {
      await (other && this.source.serves ? this.open() : this.#settle());
    } catch (error) {
      Object.assign(this, { state: before, lesson, model });
      this.#address();
      this.#failed(error);
    }
  }

  /**
   * Writes the state into the address, now or soon: browsers refuse many such writings a second.
   * A frame in a notebook may have no address.
   */
  #address() {
    if (this.#writing) return;
    const wait = this.#written + BETWEEN - performance.now();
    if (wait > 0) {
      this.#writing = setTimeout(() => {
        this.#writing = null;
        this.#address();
      }, wait);
      return;
    }
    this.#written = performance.now();
    try {
      history.replaceState(null, "", "#" + written(this.state));
    } catch {
      // The page works without it; what is lost is the link.
    }
  }

  /** Works the numbers out; a long descent in slices, while the page shows how far it is. */
  async #settle() {
    const turn = ++this.#turn;
    if (this.model) {
      this.state = Object.freeze(this.model.possible(this.state));
      const descent = this.model.trajectory(this.state);
      const done = descent.to(this.state.it, {
        stop: () => turn !== this.#turn,
        progress: (share) => this.#progress(share),
      });
      if (done) await done;
      if (turn !== this.#turn) return;
      if (descent.ended) this.#endAt(descent.ended.iteration);
      this.now = this.model.now(this.state);
    }
    this.#progress(null);
    this.trouble = null;
    this.draw();
    if (this.model) this.#ahead(turn, this.now.trajectory);
  }

  /** Lets a descent run ahead while nothing else happens, so that its curve is there to be seen. */
  #ahead(turn, descent) {
    if (descent.reached >= AHEAD || descent.ended) return;
    setTimeout(async () => {
      const current = () => turn === this.#turn;
      if (!current()) return;
      await descent.to(AHEAD, { stop: () => !current() });
      if (current()) this.draw();
    }, RESTING);
  }

  /** There is nothing behind the iteration at which a descent ended. */
  #endAt(it) {
    if (this.state.it <= it) return;
    this.state = Object.freeze({ ...this.state, it });
    this.#address();
  }

  /** How far a long descent has come; null: it is there. */
  #progress(share) {
    if (this.busy === share) return; // the whole page's styles would be worked out anew
    this.busy = share;
    const root = document.documentElement;
    root.toggleAttribute("data-busy", share !== null);
    root.style.setProperty("--busy", share ?? 0);
  }

  #failed(error) {
    this.trouble = error;
    console.warn(error);
    this.draw();
  }

  draw() {
    const root = document.documentElement;
    const lang = this.lang === "zh" ? "zh-CN" : "en";
    if (root.lang !== lang) root.lang = lang;
    if (root.dataset.theme !== this.state.theme) root.dataset.theme = this.state.theme;
    document.title = `${this.title} · whygrad`;
    for (const { listener, kind } of this.#listeners) {
      if (kind === "any" || kind === this.lesson.kind) listener(this);
    }
  }
}

async function start() {
  const app = new App(JSON.parse(document.getElementById("boot").textContent));
  await app.open();
  app.on(furnish);
  app.on(label);
  window.addEventListener("hashchange", () => app.set(read(location.hash)));
  window.addEventListener("keydown", (event) => shortcut(event, app));
  app.draw();
  document.documentElement.dataset.ready = "";
}

/** Shows the sections of the present kind of lesson; their views are mounted when they are first needed. */
function furnish(app) {
  const { kind } = app.lesson;
  if (document.body.dataset.kind === kind) return;
  document.body.dataset.kind = kind;
  for (const [of, views] of Object.entries(VIEWS)) {
    for (const [id, view] of Object.entries(views)) {
      const section = document.getElementById(id);
      section.hidden = of !== "any" && of !== kind;
      if (section.hidden || section.dataset.mounted) continue;
      section.dataset.mounted = "yes";
      app.mount(view, section, of);
    }
  }
}

/** Names the sections for those who do not see them. */
function label(app) {
  for (const section of document.querySelectorAll("[data-label]")) {
    section.setAttribute("aria-label", app.say(section.dataset.label));
  }
  document.querySelector("[data-say]").textContent = app.say("view.skip");
}

function shortcut(event, app) {
  const typing = event.target.closest?.("input:not([type=range]), select, textarea");
  if ((event.ctrlKey || event.metaKey) && !typing) {
    const key = event.key.toLowerCase();
    if (key === "z") event.shiftKey ? app.redo() : app.undo();
    else if (key === "y") app.redo();
    else return;
    event.preventDefault();
  } else if (event.key === "Escape" && !event.defaultPrevented) {
    app.set({ at: null });
  }
}

start();
