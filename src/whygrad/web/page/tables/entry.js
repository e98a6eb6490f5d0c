/**
 * A field for one number. What is no number, or none that may stand here, is refused beside it with
 * the reason, and the old number stays. Its digits are all shown while it is edited.
 */

import { make } from "whygrad/dom.js";
import { together } from "whygrad/words.js";

const PLAIN = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
let refusals = 0;

/**
 * A number as people type it: −0.5, 0,5, 5e-1, ０．５.
 * @param {string} text
 * @returns {number} NaN where it is none; infinite where it is too large
 */
function parsed(text) {
  const plain = text.normalize("NFKC").trim().replace(/[−–]/g, "-");
  const dotted = plain.includes(".") ? plain : plain.replace(",", ".");
  if (/^[+-]?(∞|inf(inity)?)$/i.test(plain)) return Infinity;
  return PLAIN.test(dotted) ? Number(dotted) : NaN;
}

/**
 * The next number by an arrow key: a step of a tenth of its leading digit, or of `least`.
 * @param {number} value @param {1|-1} direction @param {boolean} large @param {number} least
 */
function stepped(value, direction, large, least) {
  const leading = value === 0 ? least : 10 ** (Math.floor(Math.log10(Math.abs(value))) - 1);
  const step = Math.max(leading, least) * (large ? 10 : 1);
  return Number((value + direction * step).toPrecision(12));
}

export class NumberField {
  #app;
  #options;
  #typed = false;
  #stepping = false;
  #refused = null; // the reason's id, and what was typed

  /**
   * @param {import("whygrad/main.js").App} app
   * @param {object} options
   * @param {(value: number, how: {undo: boolean}) => void} options.take a new number
   * @param {(value: number) => string|null} [options.refuse] the id of the reason why not
   * @param {number} [options.least] the smallest step of the arrow keys
   */
  constructor(app, { take, refuse = () => null, least = 0.01 }) {
    this.#app = app;
    this.#options = { take, refuse, least };
    this.input = make("input", { class: "number", inputmode: "decimal", autocomplete: "off" });
    this.element = make("span", { class: "field" }, this.input);
    for (const type of ["focus", "blur", "input", "keydown"]) {
      this.input.addEventListener(type, this);
    }
  }

  /** @param {number} value @param {string} label what it is called */
  show(value, label) {
    if (this.label !== label) this.input.setAttribute("aria-label", (this.label = label));
    if (!Object.is(this.value, value)) {
      this.value = value;
      this.#accept(); // what was said of the old number is no longer true
      this.#write();
    }
    if (this.#refused && this.lang !== this.#app.lang) this.#explain();
  }

  handleEvent(event) {
    if (event.type === "focus") this.#enter();
    else if (event.type === "blur") this.#leave();
    else if (event.type === "keydown") this.#key(event);
    else {
      this.#typed = true;
      this.#accept();
    }
  }

  #enter() {
    this.#write();
    this.input.select();
  }

  #leave() {
    this.#commit();
    this.#typed = this.#stepping = false;
    this.#write();
  }

  #key(event) {
    const direction = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (event.key === "Enter") this.#commit();
    else if (event.key === "Escape" && (this.#typed || this.#refused)) {
      event.preventDefault();
      this.#accept();
      this.#typed = false;
      this.#write();
    } else if ((event.ctrlKey || event.metaKey) && event.key === "z" && !this.#typed) {
      event.preventDefault(); // a number that was taken is taken back as all else is
      this.#app.undo();
    } else if (direction) {
      event.preventDefault();
      this.#step(direction, event.shiftKey);
    }
  }

  /** One step; those of one stay in the field are taken back together. */
  #step(direction, large) {
    if (!this.#commit()) return;
    const value = stepped(this.value, direction, large, this.#options.least);
    const reason = this.#options.refuse(value);
    if (reason) {
      this.#refuse(reason);
      return;
    }
    this.#accept();
    this.#options.take(value, { undo: !this.#stepping });
    this.#stepping = true;
  }

  /** Takes what was typed. @returns {boolean} whether it could be taken */
  #commit() {
    if (!this.#typed) return true;
    const text = this.input.value.trim();
    const value = parsed(text);
    const reason = reasonAgainst(text, value) ?? this.#options.refuse(value);
    if (reason) {
      this.#refuse(reason, text);
      return false;
    }
    this.#typed = this.#stepping = false;
    this.#accept();
    if (value !== this.value) this.#options.take(value, { undo: true });
    this.#write();
    return true;
  }

  #refuse(reason, text = "") {
    this.#refused = { reason, text: text.slice(0, 20) };
    if (!this.note) {
      this.note = make("span", { class: "refused", role: "alert", id: `refused-${++refusals}` });
      this.element.append(this.note);
    }
    this.input.setAttribute("aria-invalid", "true");
    this.input.setAttribute("aria-describedby", this.note.id);
    this.#explain();
  }

  #explain() {
    const app = this.#app;
    const { reason, text } = this.#refused;
    const stays = app.say("view.number.stays", { number: app.print(this.value) });
    this.lang = app.lang;
    this.note.textContent = together(app.lang, [app.say(reason, { text }), stays]);
  }

  /** Whatever was refused is out of the way. */
  #accept() {
    if (!this.#refused) return;
    this.#refused = null;
    this.note.remove();
    this.note = null;
    this.input.removeAttribute("aria-invalid");
    this.input.removeAttribute("aria-describedby");
  }

  /** All digits while it is edited, else as the page prints numbers. */
  #write() {
    if (this.#typed || this.value === undefined) return;
    const edited = document.activeElement === this.input;
    this.input.value = edited ? String(this.value) : this.#app.print(this.value);
  }
}

function reasonAgainst(text, value) {
  if (text === "") return "view.number.empty";
  if (Number.isNaN(value)) return "view.number.letters";
  return Number.isFinite(value) ? null : "view.number.infinite";
}
