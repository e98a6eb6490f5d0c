/** The parts of a derivation: a reading, and in it, opened or closed, those that it stands on. */

import { make } from "whygrad/dom.js";
import { alone, math } from "whygrad/derivation/known.js";
import { Block, formula } from "whygrad/derivation/lines.js";

const ENOUGH = 30; // lines that are open by themselves
const DEPTH = 3; // levels that are

/**
 * A reading in a derivation, or a mention of one.
 * @typedef {object} Node
 * @property {string} key    the gradient's name
 * @property {string} id     its reading's id; "" where it was worked out above already
 * @property {object|null} way   the way of it that is true now; null where it cannot be had
 * @property {boolean} open
 * @property {Node[]} needs
 */

/**
 * The readings of some ids with all that they stand on, each worked out once.
 * @param {import("whygrad/main.js").App} app
 * @param {string[]} ids
 * @param {{opened: Map<string, boolean>, alone: boolean}} how alone: what they stand on is not read
 * @returns {Promise<Node[]>}
 */
export async function planned(app, ids, { opened, alone: single }) {
  const read = new Set();
  let lines = 0;
  const forms = await app.readings(ids);
  // One's own numbers are not put into a general form.
  const whole = (node) => (app.state.blanks ? within(node) : node);
  const nodes = ids.map((id, k) => whole(nodeOf(keyOf(id), id, forms[k])));
  if (single) sayOnce(nodes);
  nodes.forEach((node) => read.add(node.id));
  for (const node of nodes) {
    lines += length(node);
    if (!single) await rest(node, 1);
  }
  return nodes;

  function nodeOf(key, id, form) {
    const ways = form?.ways ?? [];
    const way = ways.find(({ unless }) => unless === null || !app.now.open(unless)) ?? null;
    return { key, id, way, open: true, needs: [] };
  }

  /** What a reading stands on, in its order; each behind those before it. */
  async function rest(node, depth) {
    const keys = node.way?.needs ?? [];
    const ids = keys.map((key) => idOf(app, key));
    const found = ids.length ? await app.readings(ids) : [];
    for (const [k, id] of ids.entries()) {
      const need = within(nodeOf(keys[k], id, found[k]));
      if (!need.way) continue;
      node.needs.push(need);
      if (read.has(id)) {
        need.id = "";
        continue;
      }
      read.add(id);
      need.open = opened.get(need.key) ?? (depth <= DEPTH && lines + length(need) <= ENOUGH);
      if (!need.open) continue;
      lines += length(need);
      await rest(need, depth + 1);
    }
  }
}

function length({ way }) {
  return (way?.blocks ?? []).reduce((sum, block) => sum + (block.lines?.length ?? 1), 0);
}

/** What a reading says within another one: up to its number, without its general form. */
function within(node) {
  const { way } = node;
  const key = way && lastLine(node)?.of;
  const of = (block) => block.lines?.some((line) => line.of === key && line.value);
  const end = way ? way.blocks.findIndex(of) + 1 : 0;
  return end ? { ...node, way: trimmed(way, end) } : node;
}

/** Where many lines follow each other, a sentence that all of them begin with is said once. */
function sayOnce(nodes) {
  const said = new Set();
  for (const node of nodes) {
    const words = (node.way?.blocks ?? []).flatMap(({ p }) => (p ? [p.en] : []));
    if (words.length && words.every((text) => said.has(text))) node.way = wordless(node.way);
    for (const text of words) said.add(text);
  }
}

// The same way stays the same object, so that its lines stay on the page.
const trims = new WeakMap();
const wordlessOnes = new WeakMap();

function trimmed(way, end) {
  if (!trims.has(way)) trims.set(way, { ...way, blocks: way.blocks.slice(0, end) });
  return trims.get(way);
}

function wordless(way) {
  if (!wordlessOnes.has(way)) {
    wordlessOnes.set(way, { ...way, blocks: way.blocks.filter((block) => block.lines) });
  }
  return wordlessOnes.get(way);
}

/** The reading that works a gradient out. */
function idOf({ now, state }, key) {
  const place = now.place(key);
  if (!place) return `gradient:factors:${key}`; // ∂E_o1/∂net_o1 is not the loss's by a number
  const at = now.program.node.get(place.id).names[place.flat];
  return `gradient:${place.kind === "deltas" ? "delta" : state.detail}:${at}`;
}

/** The name in a reading's id, ABOUT:DETAIL:NAME. */
function keyOf(id) {
  return id.split(":").slice(2).join(":");
}

/** A reading on the page. */
export class Part {
  #needs = [];

  /** @param {Node} node @param {import("whygrad/derivation/lines.js").Page} page */
  constructor(node, page) {
    this.page = page;
    this.node = node;
    this.blocks = node.way.blocks.map((block) => new Block(block, page));
    this.#needs = node.needs.map((need) => new Need(need, page));
    this.element = make("div", { class: "part" }, ...this.blocks.map((block) => block.element));
    for (const need of this.#needs) this.#standing(need.node.key).after(need.element);
  }

  /** Where a gradient is named in a line whose factors are still to be worked out, else the end. */
  #standing(key) {
    const names = ({ element }) => element.querySelector(`[data-link="${CSS.escape(key)}"]`);
    const open = this.blocks.filter(({ lines }) => lines.some((line) => !line.data.value));
    const block = open.find(names) ?? open[0] ?? this.blocks.at(-1);
    let last = block.element;
    while (last.nextElementSibling?.classList.contains("need")) last = last.nextElementSibling;
    return last;
  }

  /** Whether it shows that reading, in the same form. */
  fits(node) {
    const mentions = ({ needs }) => needs.map(({ key, id }) => key + (id ? "" : "…")).join();
    return this.node.way === node.way && mentions(this.node) === mentions(node);
  }

  update(node) {
    this.node = node;
    this.#needs.forEach((need, k) => need.update(node.needs[k]));
  }

  refill() {
    for (const block of this.blocks) block.refill();
    for (const need of this.#needs) need.refill();
  }
}

/** Something that a reading stands on: worked out in a part of its own, or above. */
class Need {
  constructor(node, page) {
    Object.assign(this, { node, page });
    this.number = math("math");
    const name = formula(lastLine(node).left, false);
    const head = [name, make("span", { class: "number" }, equals(), this.number)];
    if (node.id) {
      this.summary = make("summary", {}, ...head);
      this.element = make(
        "details",
        { class: "need", ontoggle: () => this.#toggled() },
        this.summary,
      );
    } else {
      this.element = make(
        "p",
        { class: "need pale" },
        ...head,
        " ",
        page.say("view.reading.above"),
      );
    }
  }

  #toggled() {
    if (this.element.open !== this.node.open) this.page.toggle(this.node.key, this.element.open);
  }

  update(node) {
    this.node = node;
    if (!node.id) return;
    if (this.element.open !== node.open) this.element.open = node.open;
    if (!node.open) return;
    if (!this.part?.fits(node)) {
      this.part?.element.remove();
      this.part = new Part(node, this.page);
      this.element.append(this.part.element);
    }
    this.part.update(node);
  }

  refill() {
    const number = this.page.shown(this.node.key);
    const shown = String(number);
    if (shown !== this.shown) this.number.replaceChildren(alone(number));
    this.shown = shown;
    if (this.node.open) this.part?.refill();
  }
}

function equals() {
  const sign = math("math");
  sign.append(math("mo", "="));
  return sign;
}

function lastLine({ way }) {
  return way.blocks.flatMap((block) => block.lines ?? []).at(-1);
}
