/** The numbers of the names that a derivation mentions, and how they are put into its formulas. */

import { scalar } from "whygrad/arithmetic/formula.js";
import { numeral, printed } from "whygrad/arithmetic/numbers.js";

const MATH = "http://www.w3.org/1998/Math/MathML";
const TIMES = "\u2062"; // between factors that touch

/** What each name's number is now: the passes', else what a line of the derivation gives. */
export class Known {
  #lines = new Map();
  #found = new Map();

  /**
   * @param {import("whygrad/model.js").Now} now
   * @param {boolean} [stepping] gradients are those that the step is made with, in its order
   */
  constructor(now, stepping = false) {
    this.now = now;
    this.stepping = stepping;
  }

  /** A line that is on the page, or was. */
  learn(line) {
    if (line.formula !== null && !this.#lines.has(line.of)) this.#lines.set(line.of, line.formula);
  }

  /** @param {string} key @returns {number|undefined} */
  number(key) {
    if (this.#found.has(key)) return this.#found.get(key);
    this.#found.set(key, undefined); // a name that leads back to itself has none
    const used = this.stepping ? this.now.used(key) : undefined;
    const number = used ?? this.now.number(key) ?? this.#worked(key);
    this.#found.set(key, number);
    return number;
  }

  #worked(key) {
    return this.#lines.has(key) ? this.evaluate(this.#lines.get(key)) : undefined;
  }

  /** What a formula of a line gives. */
  evaluate(formula) {
    return scalar(formula, (key) => this.number(key) ?? NaN);
  }

  /** What a formula gives with its numbers as they are printed. @param {object} [more] by name */
  printed(formula, more = {}) {
    return scalar(formula, (key) => more[key] ?? printed(this.number(key) ?? NaN));
  }
}

/** = or, where the printed numbers give another last digit than the line says, ≈ (render/line.py). */
export function relation(given, value) {
  const [result, told] = [printed(given), printed(value)];
  return Object.is(result, told) || result === told ? "=" : "≈";
}

/**
 * Puts a number into its place in a formula, with the sign and the brackets that it needs there.
 * @param {Element} slot <mrow data-slot>
 * @param {number|undefined} number undefined: it is not known (yet)
 */
export function fill(slot, number) {
  const shown = String(number);
  if (slot.shown === shown) return;
  slot.shown = shown;
  const { negative, power, term, touches } = slot.dataset;
  const parts = number === undefined ? null : numeral(number);
  const minus = parts?.negative ?? false;
  const fenced = (minus && negative) || ((parts?.exponent ?? null) !== null && power);
  if (term !== undefined) {
    const before = slot.previousElementSibling; // nothing stands before the first term
    before.textContent = minus ? "−" : before.dataset.first === undefined ? "+" : "";
  }
  if (touches !== undefined) slot.nextElementSibling.textContent = fenced ? "·" : TIMES;
  const inside = signed(parts, minus && term === undefined);
  slot.replaceChildren(
    ...(fenced ? [bracket("(", "prefix"), ...inside, bracket(")", "postfix")] : inside),
  );
}

/** A number that stands alone. @returns {Element} */
export function alone(number) {
  const parts = number === undefined ? null : numeral(number);
  const row = math("mrow");
  row.append(...signed(parts, parts?.negative));
  return row;
}

/** A number with its minus, or an empty place. */
function signed(parts, minus) {
  if (!parts) return [math("mtext", "□", { class: "hole" })];
  return minus ? [math("mo", "−", { form: "prefix" }), ...digits(parts)] : digits(parts);
}

/** @returns {Element} an element of MathML */
export function math(tag, text = null, attributes = {}) {
  const element = document.createElementNS(MATH, tag);
  if (text !== null) element.textContent = text;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

function digits({ digits: told, exponent }) {
  const number = math("mn", told);
  if (exponent === null) return [number];
  const raised = math("mrow");
  if (exponent < 0) raised.append(math("mo", "−"));
  raised.append(math("mn", Math.abs(exponent)));
  const power = math("msup");
  power.append(math("mn", "10"), raised);
  return [number, math("mo", "×"), power];
}

function bracket(text, form) {
  return math("mo", text, { form, fence: "true", stretchy: "false" });
}
