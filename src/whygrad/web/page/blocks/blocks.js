/**
 * Large networks and graphs: blocks in the order in which they are computed, the arrays of the one
 * that is looked at, and the derivation of one of their numbers.
 */

import { make } from "whygrad/dom.js";
import { Chain, blockName } from "whygrad/blocks/chain.js";
import { ElementView } from "whygrad/blocks/element.js";
import { Entries } from "whygrad/blocks/entries.js";
import { outward, plain } from "whygrad/blocks/figures.js";
import { Heatmap } from "whygrad/blocks/heatmap.js";
import { Matrix } from "whygrad/blocks/matrix.js";
import { UNCHANGED, isChanged, specOf } from "whygrad/blocks/own.js";
import { Switch } from "whygrad/switch.js";
import { Given } from "whygrad/curves/given.js";
import { Surface } from "whygrad/curves/surface.js";
import { together } from "whygrad/words.js";

/** @param {HTMLElement} root @param {import("whygrad/main.js").App} app */
export function mount(root, app) {
  const view = new Blocks(root, app);
  app.on(() => view.draw());
}

class Blocks {
  #drawn = null; // the lesson's blocks as they are drawn
  #chained = ""; // as what the chain is drawn
  #computed = ""; // as what the surface is drawn
  #sought = null; // the name that the server was asked for

  constructor(root, app) {
    Object.assign(this, { root, app });
    this.chain = new Chain(app, (block) => this.#choose(block));
    this.tabs = make("div", { class: "row arrays" });
    this.which = new Switch(["value", "gradient"], (edges) => app.set({ edges }));
    this.title = make("h2", { tabindex: -1 });
    this.sizes = make("p", { class: "pale" });
    this.empty = make("p", { class: "notice" });
    this.largest = make("div", { class: "largest" });
    this.map = new Heatmap(app, {
      choose: (index) => this.#look(this.matrix.name(index)),
      describe: (...cell) => this.#described(...cell),
      axes: (matrix) => this.#axes(matrix),
    });
    this.element = new ElementView(app);
    this.panel = make(
      "div", { class: "panel", role: "region" },
      this.title, this.sizes,
      make("div", { class: "row" }, this.tabs, this.which.element),
      this.empty, this.map.root, this.element.root, this.largest,
    );
    this.lost = make("p", { class: "notice lost", role: "status" });
    this.left = make("p", { class: "notice left", role: "status", hidden: true });
    this.plane = make("section", { class: "computed" });
    const column = make("div", {}, this.chain.root, this.plane);
    root.append(this.left, column, this.panel, this.lost);
  }

  draw() {
    const { blocks } = this.app.lesson;
    if (blocks !== this.#drawn) this.#open(blocks);
    if (isChanged(this.app.state)) {
      this.left.hidden = false;
      this.app.set(UNCHANGED, { undo: false }); // which draws
      return;
    }
    this.left.textContent = this.app.say("view.blocks.left");
    this.at = this.#at();
    this.matrix = this.matrices.get(this.at.array);
    const chosen = this.home.get(this.at.array) ?? null;
    const drawn = `${this.app.lang} ${chosen} ${this.app.state.theme}`;
    if (this.#chained !== drawn || this.blocks !== blocks) {
      this.chain.draw(chosen);
      this.#chained = drawn;
    }
    this.blocks = blocks;
    this.#compute();
    this.#leave(chosen);
    if (chosen !== null) this.#panel(blocks.nodes.find((block) => block.id === chosen));
  }

  /** Takes up a lesson: its arrays, and which block each belongs to. */
  #open(blocks) {
    const { app } = this;
    const { source } = app;
    const asks = (node) =>
      source.serves
        ? (of, rows, columns) =>
            source.post("matrix", { spec: specOf(app), node, of, rows, columns })
        : null;
    const all = Object.entries(blocks.matrices);
    this.matrices = new Map(all.map(([id, data]) => [id, new Matrix(id, data, asks(id))]));
    this.home = new Map();
    for (const block of blocks.nodes) {
      for (const id of [...block.parameters, ...block.members]) this.home.set(id, block.id);
    }
    this.entries = new Entries(this.matrices);
    this.element.open(blocks, this.entries);
    this.left.hidden = true;
    this.#show(blocks.surface);
    this.#drawn = blocks;
  }

  /** Makes room for what a network with few inputs computes. */
  #show(surface) {
    const { app } = this;
    this.surface = surface && new Surface(app, new Given(surface, app.lesson.network));
    this.plane.replaceChildren(...(surface ? this.surface.nodes : []));
    this.plane.hidden = !surface;
    this.#computed = "";
  }

  /** Draws it anew, where its words or its colours are others. */
  #compute() {
    const { lang, state } = this.app;
    const drawn = `${lang} ${state.theme}`;
    if (this.#computed === drawn) return;
    this.#computed = drawn;
    this.plane.setAttribute("aria-label", this.app.say("view.surface"));
    this.surface?.draw();
  }

  /** What the state looks at; a name that is not known here the server may know. */
  #at() {
    const { app } = this;
    const { at } = app.state;
    const typed = at && this.entries.typed(at);
    this.lost.hidden = at === null || typed !== null;
    if (typed) return this.entries.place(typed);
    if (at !== null) {
      this.lost.textContent = app.say("view.blocks.unknown", { name: at });
      if (app.source.serves && this.#sought !== at) this.#seek(at);
    }
    return { array: null, index: null };
  }

  async #seek(at) {
    this.#sought = at;
    try {
      await this.element.ask(at);
      if (this.app.state.at === at) this.draw();
    } catch (error) {
      this.lost.textContent = error.message;
    }
  }

  /** Closes the panel where nothing is looked at; the focus goes back to its block. */
  #leave(chosen) {
    const left = chosen === null && this.panel.contains(document.activeElement);
    this.panel.hidden = chosen === null;
    const blocks = [...this.chain.root.querySelectorAll("[data-block]")];
    if (left) blocks.find((block) => block.dataset.block === this.chosen)?.focus();
    this.chosen = chosen;
  }

  // ---- the block that is looked at --------------------------------------------------------------

  #choose(block) {
    const array = block.parameters[0] ?? block.gradient_at ?? block.members.at(-1);
    this.#look(array);
  }

  #look(at) {
    this.app.set({ at, about: "gradient" });
  }

  #panel(block) {
    const { app } = this;
    const { edges } = app.state;
    this.title.textContent = blockName(app, block);
    this.sizes.textContent = this.#made(block);
    this.#arrays(block);
    this.#switch();
    const of = app.say(`view.blocks.of.${edges}`);
    const there = this.matrix.has(edges);
    this.empty.hidden = there;
    this.empty.textContent = app.say("view.blocks.no_gradient", { name: this.matrix.id });
    this.map.root.hidden = !there;
    this.panel.setAttribute("aria-label", `${this.title.textContent}: ${this.matrix.id}, ${of}`);
    if (there) this.map.show(this.matrix, edges, this.at.index);
    this.#entries();
    this.element.show(this.at.index && this.matrix.name(this.at.index));
  }

  /** net1 = linear(x, W1, b1) and its like, for every operation of the block. */
  #made(block) {
    const options = Object.entries(block.options).map(([name, value]) => `${name} = ${value}`);
    const parts = [block.formulas.join(" · "), ...options];
    if (block.source) parts.push(this.app.say("view.blocks.line", { source: block.source }));
    return parts.filter(Boolean).join(" · ");
  }

  #arrays(block) {
    const buttons = [...block.parameters, ...block.members].map((id) => {
      const { shape } = this.matrices.get(id);
      const text = `${id} ${shape.join(" × ")}`.trim();
      const pressed = String(id === this.matrix.id);
      const about = { type: "button", "aria-pressed": pressed, "data-array": id };
      return make("button", { ...about, onclick: () => this.#look(id) }, text);
    });
    renewed(this.tabs, buttons, "array");
    this.tabs.setAttribute("role", "group");
    this.tabs.setAttribute("aria-label", this.app.say("view.blocks.arrays"));
  }

  #switch() {
    const { app } = this;
    this.which.draw({
      label: app.say("view.blocks.show"),
      named: (of) => app.say(`view.blocks.of.${of}`),
      present: app.state.edges,
    });
  }

  /** The largest gradients of a parameter, each a way to its derivation. */
  #entries() {
    const { app } = this;
    const entries = app.lesson.blocks.largest[this.matrix.id] ?? [];
    this.largest.hidden = !entries.length;
    if (!entries.length) return;
    const rows = entries.map(({ at, value, gradient }) => {
      const about = { type: "button", "data-entry": at, onclick: () => this.#look(at) };
      const numbers = [gradient, value].map((number) =>
        make("td", { class: "number" }, app.print(plain(number))),
      );
      return make("tr", {}, make("td", {}, make("button", about, at)), ...numbers);
    });
    const head = ["entry", "of.gradient", "of.value"].map((id) =>
      make("th", { scope: "col" }, app.say(`view.blocks.${id}`)),
    );
    const body = make("tbody", {}, ...rows);
    const table = make("table", {}, make("thead", {}, make("tr", {}, ...head)), body);
    const title = make("h3", {}, app.say("view.blocks.largest", { name: this.matrix.id }));
    renewed(this.largest, [title, table], "entry");
  }

  // ---- what is said of a map and of a cell ------------------------------------------------------

  /** What rows and columns are. */
  #axes({ id, role, layer, shape, grid, kernel, wrapped }) {
    const { app } = this;
    if (shape.length > 2) {
      const [high, wide] = kernel;
      const places = shape.slice(0, -2).map((_, k) => "abcdefgh"[k] ?? "…").join(",");
      const way = wrapped || grid[0] === 1 ? "line" : "grid";
      return app.say(`view.blocks.axes.${way}`, { high, wide, name: `${id}[${places},…]` });
    }
    if (!app.lesson.blocks.network || shape.length < 2) return "";
    if (role === "weight" || role === "tied") return app.say("view.blocks.axes.weight", { layer });
    return app.say("view.blocks.axes.samples");
  }

  /** An entry's name, value and gradient; where there are only colours, between what they lie. */
  #described(matrix, row, column) {
    const { app } = this;
    const index = matrix.index(row, column);
    if (!index) return "";
    const own = matrix.textbook(index);
    const name = own ? `${matrix.name(index)} (${own})` : matrix.name(index);
    const there = ["value", "gradient"].filter((of) => matrix.has(of));
    const exact = there.every((of) => this.#exact(matrix, of, row, column) !== undefined);
    const number = (of) => {
      if (!matrix.has(of)) return app.say("view.blocks.none");
      const place = [matrix, of, row, column];
      return exact ? app.print(this.#exact(...place)) : this.#told(...place);
    };
    const pooled = matrix.pooled && !exact;
    const said = app.say(pooled ? "view.blocks.cell.pooled" : "view.blocks.cell", {
      name, value: number("value"), gradient: number("gradient"),
    });
    const known = exact || matrix.fetch;
    return known ? said : together(app.lang, [said, app.say("view.blocks.vague")]);
  }

  /** What a cell's colour tells of its number. */
  #told(matrix, of, row, column) {
    const bounds = matrix.bounds(of, row, column);
    if (!bounds) return "NaN";
    const [least, most] = [outward(bounds.least, -1), outward(bounds.most, 1)];
    return least === most ? least : this.app.say("view.blocks.between", { least, most });
  }

  /** The exact number at a place: carried, fetched, or one of the largest, which every page has. */
  #exact(matrix, of, row, column) {
    const known = matrix.known(of, row, column);
    if (known !== undefined) return known;
    const name = matrix.name(matrix.index(row, column));
    const entry = this.app.lesson.blocks.largest[matrix.id]?.find(({ at }) => at === name);
    return entry && plain(entry[of]);
  }
}

/** Puts new children in place of the old; the one that had the focus has it again. */
function renewed(parent, children, key) {
  const focused = parent.contains(document.activeElement) && document.activeElement.dataset[key];
  parent.replaceChildren(...children);
  if (!focused) return;
  [...parent.querySelectorAll(`[data-${key}]`)].find((e) => e.dataset[key] === focused)?.focus();
}
