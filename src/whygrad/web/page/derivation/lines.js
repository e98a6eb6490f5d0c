/**
 * The blocks of a derivation as elements: sentences, and lines whose numbers are put in, and put in
 * anew when they change. The markup is our own renderers'; nothing else becomes markup here.
 */

import { printed } from "whygrad/arithmetic/numbers.js";
import { make } from "whygrad/dom.js";
import { alone, fill, math, relation } from "whygrad/derivation/known.js";

const BROKEN = 4; // signs of a sum in brackets from which on it may stand on several lines

/**
 * What a line needs of the panel that it stands in.
 * @typedef {object} Page
 * @property {string} lang
 * @property {import("whygrad/derivation/known.js").Known} known
 * @property {(key: string) => number|undefined} shown  the number that may be seen of a name
 * @property {((line: object) => HTMLElement|null)|null} blank  a field in the place of a result
 * @property {(id: string, blanks?: object) => string} say
 */

/** One sentence, or lines below each other. */
export class Block {
  /** @param {object} data BLOCK @param {Page} page */
  constructor(data, page) {
    this.page = page;
    this.lines = (data.lines ?? []).map((line) => new Line(line, page));
    this.element = data.p
      ? make("p", { class: "said" })
      : make("div", { class: "lines" }, ...this.lines.map((line) => line.element));
    if (data.p) this.element.innerHTML = data.p[page.lang];
  }

  refill() {
    if (!this.lines.length) fillAll(this.element, this.page);
    for (const line of this.lines) line.refill();
  }
}

/** left = symbols = numbers = result. */
class Line {
  constructor(data, page) {
    Object.assign(this, { data, page });
    this.sides = data.sides.map((side) =>
      side.long ? new LongSide(side, page) : new Side(side, page),
    );
    this.left = make("div", { class: "left" }, formula(data.left));
    this.right = make("div", { class: "sides" }, ...this.sides.map((side) => side.element));
    this.element = make("div", { class: "line", tabindex: -1 }, this.left, this.right);
    this.element.dataset.of = data.of;
    if (data.value) this.right.append(this.#result());
  }

  #result() {
    this.sign = math("mo", "=");
    const { blank } = this.page;
    this.field = blank && blank(this.data);
    this.result = this.field ?? formula("");
    const equals = formula("");
    equals.append(this.sign);
    return make("div", { class: `side result${this.field ? " asked" : ""}` }, equals, this.result);
  }

  /** The numbers as they are now. */
  refill() {
    const { data, page } = this;
    fillAll(this.left, page);
    for (const side of this.sides) side.refill();
    if (!data.value || this.field) return;
    const value = page.shown(data.of);
    const told = page.blank ? undefined : this.sides.find((side) => side.numbers);
    this.sign.textContent = told ? relation(told.printed(data.formula), value) : "=";
    if (this.filled && Object.is(this.value, value)) return;
    this.filled = true;
    this.value = value;
    this.result.replaceChildren(alone(value));
  }
}

/** One side with its sign before it. It is broken before its signs; what is wider still scrolls. */
class Side {
  constructor({ math: markup, sign = "=", as }, page) {
    this.page = page;
    this.numbers = as === "numbers";
    const equals = formula("");
    equals.append(math("mo", sign));
    const boxes = pieces(formula(markup)).map((piece) => make("div", { class: "wide" }, piece));
    this.formula = make("div", { class: "pieces" }, ...boxes);
    this.element = make("div", { class: "side" }, equals, this.formula);
  }

  refill() {
    fillAll(this.formula, this.page);
  }

  /** What the side gives to somebody who reckons with its printed numbers. */
  printed(formula) {
    return this.page.known.printed(formula);
  }
}

/** A formula's terms, or factors, which may stand below each other: MathML does not wrap. */
function pieces(whole) {
  const row = whole.firstElementChild;
  const one = whole.childElementCount === 1 && row.localName === "mrow";
  if (!one || row.dataset.slot !== undefined) return [whole];
  const parts = [...row.children].flatMap((part) => (isLongSum(part) ? opened(part) : [part]));
  const breaks = (signs) =>
    parts.filter((part, k) => k > 0 && part.localName === "mo" && signs.includes(part.textContent));
  const before = [breaks("+−"), breaks("·")].find((found) => found.length) ?? [];
  if (!before.length) return [whole];
  const found = [];
  for (const part of parts) {
    if (before.includes(part)) part.setAttribute("form", "infix");
    if (!found.length || before.includes(part)) found.push(formula(""));
    found.at(-1).append(part);
  }
  return found;
}

/** Whether something is a sum in brackets that may stand on several lines. */
function isLongSum({ localName, children }) {
  const [left, body, right] = children;
  const inBrackets = localName === "mrow" && right?.localName === "mo";
  if (!inBrackets || left.getAttribute("stretchy") !== "false") return false;
  const signs = [...body.children].filter(({ localName: tag }) => tag === "mo");
  return signs.filter(({ textContent: sign }) => sign === "+" || sign === "−").length >= BROKEN;
}

function opened({ children: [left, body, right] }) {
  return [left, ...body.children, right];
}

/** A side with a long sum in it: its largest terms now, in their order, the rest as one number. */
class LongSide extends Side {
  constructor(side, page) {
    super(side, page);
    this.long = side.long;
    this.gap = this.formula.querySelector("[data-long]");
    this.note = make("div", { class: "pale more" });
    this.element.append(this.note);
  }

  refill() {
    const { known, say } = this.page;
    const { terms, shown } = this.long;
    const sizes = terms.map((term) => known.evaluate(term.formula));
    const kept = largest(sizes, shown);
    if (this.kept !== kept.join()) {
      this.kept = kept.join();
      this.terms = kept.map((k) => terms[k]);
      this.#write(this.terms);
      this.note.textContent = say("view.reading.more", { count: terms.length - kept.length });
    }
    super.refill();
    this.others = sizes.reduce((sum, size, k) => (kept.includes(k) ? sum : sum + size), 0);
    if (this.numbers) fill(this.rest, this.others);
  }

  printed() {
    const { known } = this.page;
    const add = (sum, { formula: term }) => sum + known.printed(term);
    return known.printed(this.long.within, { Σ: this.terms.reduce(add, 0) + printed(this.others) });
  }

  #write(shown) {
    const parts = shown.flatMap(({ sign, math: markup }, k) => {
      const first = k === 0 && sign === "+";
      const before = math("mo", first ? "" : sign, first ? { "data-first": "" } : {});
      return [before, ...formula(markup).childNodes];
    });
    this.rest = math("mrow", null, { "data-term": "" });
    const rest = this.numbers ? [this.rest] : formula(this.long.rest).childNodes;
    this.gap.replaceChildren(...parts, math("mo", "+"), ...rest);
  }
}

/** The positions of the largest terms by size, in their order. */
function largest(sizes, count) {
  const size = (k) => (Number.isNaN(sizes[k]) ? Infinity : Math.abs(sizes[k]));
  const order = sizes.map((_, k) => k).sort((a, b) => size(b) - size(a) || a - b);
  return order.slice(0, count).sort((a, b) => a - b);
}

/** A formula of our renderers as a <math> element; large: as in a line of its own. */
export function formula(markup, large = true) {
  const template = document.createElement("template");
  template.innerHTML = markup.startsWith("<math") ? markup : `<math>${markup}</math>`;
  const element = template.content.firstElementChild;
  if (large) element.setAttribute("displaystyle", "true");
  return element;
}

function fillAll(element, page) {
  for (const slot of element.querySelectorAll("[data-slot]"))
    fill(slot, page.shown(slot.dataset.slot));
}
