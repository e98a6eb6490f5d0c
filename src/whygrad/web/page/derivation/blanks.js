/** "Fill in yourself": results left blank, each typed number judged at once in grade's words. */

import { make } from "whygrad/dom.js";
import { Sheet } from "whygrad/derivation/judging.js";
import { typed } from "whygrad/derivation/typed.js";
import { COLON, enumerated, together } from "whygrad/words.js";

const PAUSE = 600; // milliseconds after the last key before a number is judged
const KEPT = 20; // sheets: going back an iteration brings its numbers back
const MARKS = {
  right: "✓",
  told: "✓",
  rounding: "✓",
  cut: "≈",
  follows: "↪",
  wrong: "✗",
  pen: "✗",
};
const DONE = ["right", "rounding", "told"]; // nothing more is to be done there
const HOLDS = ["right", "rounding", "cut", "follows"];
let count = 0;

/** The blanks of the panel; what was filled in is kept by name, whatever reading is shown. */
export class Blanks {
  #app;
  #sheets = new Map();
  #fields = new Map(); // key → Field, of those on the page

  /**
   * @param {import("whygrad/main.js").App} app
   * @param {() => void} changed numbers are to be put in anew
   */
  constructor(app, changed) {
    this.#app = app;
    this.changed = changed;
  }

  /** Takes the sheet that belongs to the network's numbers as they now are. */
  begin(known) {
    const { it, edits, activations, row, spec } = this.#app.state;
    const { mode, rate, order } = this.#app.now;
    const numbers = [it, edits, activations, mode, mode === "sample" && row, rate, order, spec];
    const key = JSON.stringify(numbers);
    this.sheet = this.#sheets.get(key) ?? new Sheet();
    this.sheet.right = (name) => known.number(name);
    this.#sheets.delete(key);
    this.#sheets.set(key, this.sheet);
    if (this.#sheets.size > KEPT) this.#sheets.delete(this.#sheets.keys().next().value);
  }

  /** The fields are those of another derivation. */
  forget() {
    this.#fields.clear();
  }

  /** A field in the place of a line's result; none where the same number is asked for already. */
  field(line) {
    if (this.#fields.has(line.of)) return null;
    const field = new Field(this.#app, this, line);
    this.#fields.set(line.of, field);
    return field.element;
  }

  /** The number that may be seen of a name: one's own; none where it is asked for. */
  shown(key, known) {
    const entry = this.sheet.entries.get(key);
    if (entry && !entry.told) return entry.value;
    return !entry && this.#fields.has(key) ? undefined : known.number(key);
  }

  /** Judges everything anew. */
  judge() {
    const verdicts = this.sheet.verdicts();
    for (const [key, field] of this.#fields) field.judged(verdicts.get(key));
    this.changed();
  }

  /** The first blank behind a field that is still empty. */
  next(key) {
    const keys = [...this.#fields.keys()];
    const behind = keys.slice(keys.indexOf(key) + 1);
    return this.#fields.get(behind.find((at) => !this.sheet.entries.has(at)));
  }

  /** How far the page is filled in; a number that was told is not. */
  get progress() {
    const verdicts = this.sheet.verdicts();
    const found = [...this.#fields.keys()].map((key) => verdicts.get(key)?.verdict);
    return {
      all: found.length,
      done: found.filter((verdict) => verdict && verdict !== "told").length,
      good: found.filter((verdict) => HOLDS.includes(verdict)).length,
    };
  }
}

/** One blank: its field, what is said of the number in it, the right one on request. */
class Field {
  #timer = 0;

  constructor(app, blanks, line) {
    Object.assign(this, { app, blanks, line, key: line.of });
    this.said = make("span", { class: "verdict", id: `verdict-${++count}` });
    this.input = make("input", {
      class: "number",
      type: "text",
      autocomplete: "off",
      spellcheck: "false",
      maxlength: 60,
      "aria-label": this.key,
      "aria-describedby": this.said.id,
      oninput: () => this.#later(),
      onchange: () => this.#take(),
      onkeydown: (event) => this.#key(event),
    });
    const tell = () => this.#tell();
    this.show = make(
      "button",
      { type: "button", class: "show", onclick: tell },
      app.say("view.blanks.show"),
    );
    this.show.setAttribute("aria-label", app.say("view.blanks.show_of", { name: this.key }));
    this.element = make("span", { class: "blank" }, this.input, this.show, this.said);
  }

  #later() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#take(), PAUSE);
  }

  #key(event) {
    if (event.key !== "Enter") return;
    event.preventDefault();
    this.#take();
    if (this.good) this.blanks.next(this.key)?.input.focus();
  }

  /** Takes what stands in the field. */
  #take() {
    clearTimeout(this.#timer);
    const { entries } = this.blanks.sheet;
    const raw = this.input.value.trim();
    if (raw === this.taken) return;
    this.taken = raw;
    const number = typed(raw);
    if (number) entries.set(this.key, { ...number, raw });
    else entries.delete(this.key);
    this.unreadable = raw !== "" && !number;
    this.blanks.judge();
    this.app.announce(`${this.key}${COLON[this.app.lang]}${this.said.textContent}`);
  }

  #tell() {
    const { sheet } = this.blanks;
    sheet.entries.set(this.key, { told: true, raw: this.app.print(sheet.right(this.key)) });
    this.unreadable = false;
    this.blanks.judge();
    (this.blanks.next(this.key)?.input ?? this.input).focus();
  }

  /** @param {import("whygrad/derivation/judging.js").Verdict|undefined} verdict none: nothing is filled in */
  judged(verdict) {
    const entry = this.blanks.sheet.entries.get(this.key);
    const raw = entry?.raw ?? "";
    const typing = document.activeElement === this.input && !entry?.told;
    if (!typing && !this.unreadable) this.input.value = this.taken = raw;
    this.good = DONE.includes(verdict?.verdict);
    this.show.hidden = this.good;
    this.element.dataset.verdict = this.unreadable ? "unreadable" : (verdict?.verdict ?? "");
    const wrong = verdict && ["wrong", "pen"].includes(verdict.verdict);
    this.input.setAttribute("aria-invalid", String(Boolean(wrong || this.unreadable)));
    this.said.replaceChildren(...this.#words(verdict));
  }

  #words(verdict) {
    const { app } = this;
    if (this.unreadable) return [app.say("view.blanks.unreadable")];
    if (!verdict) return [];
    const mark = MARKS[verdict.verdict] ?? "";
    const told = this.#named(verdict);
    const more = this.#why(verdict);
    return [`${mark} ${told}`, ...(more ? [COLON[app.lang], more] : [])];
  }

  #named({ verdict, sources }) {
    if (verdict === "told") return this.app.say("view.blanks.told");
    return this.app.say(`grade.is.${verdict}`, { sources: enumerated(this.app.lang, sources) });
  }

  /** What is behind a wrong number, as grade says it. */
  #why({ verdict, why, at, pen }) {
    const { app } = this;
    if (verdict === "pen") return app.say(`marks.pen.${pen}`);
    if (verdict !== "wrong") return null;
    if (!why) return app.say("grade.unexplained");
    const words = make("span");
    words.innerHTML = why[app.lang]; // our own renderers' sentence
    if (at) words.prepend(together(app.lang, [app.say("view.blanks.in", { name: at }), ""]));
    return words;
  }
}
