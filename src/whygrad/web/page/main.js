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
import { INITIAL, Past, read, unread, written } from "whygrad/state.js";
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
const AHEAD = 1_000; // iterations that a descent makes by itself, as far as it comes in…
const PATIENCE = 150; // milliseconds
const RESTING = 60; // milliseconds without a change, after which it does
const BETWEEN = 200; // milliseconds between two writings of the address

/** What every view is given. */
export class App {
  #listeners = [];
  #mounting = "any"; // the kind of lesson of the views that are being mounted
  #asked = null; // the network of the lesson that is shown, as a server was asked for it
  #past = new Past();
  #shown = null; // what the page shows, to be gone back to where a change is refused
  #writing = null; // an address that is yet to be written
  #written = -Infinity; // when the last one was
  #turn = 0; // of the latest change; an older one that is still being worked out gives way

  constructor(boot) {
    this.boot = boot;
    this.source = sourceOf(boot);
    this.state = read(location.hash);
    this.busy = null; // how far a long descent has come, from 0 to 1
    this.trouble = null; // what went wrong last, to be said
    this.unread = []; // what the address asked for in vain
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

  /** Opens the page's lesson, and where the address asks for what cannot be, the plain one. */
  async open() {
    const asked = location.hash;
    await this.#opened();
    this.unread = unread(asked, this.state);
    const singly = this.lesson.readings?.batch === null && this.model?.several;
    if (singly && !asked.includes("batch=")) this.set({ batch: false }, { undo: false });
  }

  async #opened() {
    try {
      await this.#show(this.state, ++this.#turn);
    } catch (error) {
      const { lang, theme } = this.state;
      this.state = Object.freeze({ ...INITIAL, lang, theme });
      await this.#show(this.state, ++this.#turn);
      this.trouble = error;
    }
  }

  /** Goes where a link leads that was followed in the open page. */
  async follow(hash) {
    await this.set(read(hash));
    this.unread = unread(hash, this.state);
    this.draw();
  }

  /** Opens the lesson anew: a run has gone on. Throws where the server does not answer. */
  async renew() {
    const turn = ++this.#turn;
    await this.#show(this.state, turn, await this.#lessonOf(this.state.spec));
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

  /** Hears what happens in the window, while a lesson of the view's kind is shown. */
  listen(type, listener) {
    const kind = this.#mounting;
    window.addEventListener(type, (event) => {
      if (kind === "any" || kind === this.lesson.kind) listener(event);
    });
  }

  /**
   * Changes the state; everything follows. undo: whether the reader may take it back as one step.
   * @param {Partial<import("whygrad/state.js").State>} change
   */
  set(change, { undo = true } = {}) {
    const state = Object.freeze({ ...this.state, ...this.#kept(change), ...change });
    this.unread = [];
    if (written(state) === written(this.state)) return undefined;
    if (undo) this.#past.leave(this.state);
    return this.#go(state, undo);
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
    const labels = model.labels(state);
    const ofClass = labels && now.mode === "sample" ? labels[state.row] : null;
    return this.source.readings(ids, {
      mode: now.mode,
      row: state.row,
      key: JSON.stringify([state.activations, labels, ofClass]),
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

  async #go(state, left = false) {
    const turn = ++this.#turn;
    this.state = state;
    this.#address();
    try {
      await this.#show(state, turn);
    } catch (error) {
      if (turn !== this.#turn) return; // a later change is on its way
      if (left) this.#past.forget();
      Object.assign(this, this.#shown);
      this.#address();
      this.#failed(error);
    }
  }

  /**
   * Shows a state, in one piece: lesson, numbers and views change together or not at all.
   * opened: its lesson where that was fetched already. What a later change overtakes gives way.
   */
  async #show(state, turn, opened = null) {
    const asked = this.source.serves ? JSON.stringify(state.spec) : null;
    if (!opened && (!this.#shown || asked !== this.#asked))
      opened = await this.#lessonOf(state.spec);
    if (turn !== this.#turn) return;
    const model = opened ? opened.model : this.model;
    let descent = model && this.#descended(model, state, turn);
    if (descent instanceof Promise) descent = await descent; // else all is shown at once
    if (turn !== this.#turn) return;
    Object.assign(this, opened ?? {});
    this.#asked = asked;
    if (model) {
      this.state = Object.freeze(settled(model.possible(state), descent));
      this.now = model.now(this.state);
    }
    this.#progress(null);
    this.trouble = null;
    this.#shown = { state: this.state, lesson: this.lesson, model: this.model, now: this.now };
    this.#address();
    this.draw();
    if (model) this.#ahead(turn, this.now.trajectory);
  }

  /** A lesson and its model; with the numbers that a spec asks for. */
  async #lessonOf(spec) {
    const lesson = await this.source.lesson(this.source.serves ? spec : null);
    return { lesson, model: lesson.kind === "whole" ? new Model(lesson) : null };
  }

  /** A descent that has come as far as a state asks; a long one in slices, with its progress. */
  #descended(model, state, turn) {
    const possible = model.possible(state);
    const descent = model.trajectory(possible);
    const going = descent.to(possible.it, {
      stop: () => turn !== this.#turn,
      progress: (share) => this.#progress(share),
    });
    return going ? going.then(() => descent) : descent;
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

  /** Lets a descent run ahead while nothing else happens, so that its curve is there to be seen. */
  #ahead(turn, descent) {
    if (descent.reached >= AHEAD || descent.ended) return;
    setTimeout(async () => {
      const current = () => turn === this.#turn;
      if (!current()) return;
      const until = performance.now() + PATIENCE;
      await descent.to(AHEAD, { stop: () => !current() || performance.now() > until });
      if (current()) this.draw();
    }, RESTING);
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

/** A state for which a descent has an answer: there is nothing behind the iteration at which it ended. */
function settled(state, descent) {
  const last = descent.ended?.iteration ?? Infinity;
  return state.it > last ? { ...state, it: last } : state;
}

async function start() {
  const app = new App(JSON.parse(document.getElementById("boot").textContent));
  try {
    await app.open();
  } catch (error) {
    document.querySelector("main").textContent = say(app.boot.words, app.lang, error.message);
    return;
  }
  app.on(furnish);
  app.on(label);
  window.addEventListener("hashchange", () => app.follow(location.hash));
  window.addEventListener("keydown", (event) => shortcut(event, app));
  app.draw();
  document.documentElement.dataset.ready = "";
}

/** Shows the sections of the present kind of lesson; their views are mounted when they are first needed. */
function furnish(app) {
  const { kind, run } = app.lesson;
  document.body.toggleAttribute("data-run", Boolean(run)); // it then comes first
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
