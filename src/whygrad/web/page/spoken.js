/** Elements whose words follow the language of the page. */

export class Spoken {
  #puts = [];
  #lang = null;

  /** @param {import("whygrad/main.js").App} app */
  constructor(app) {
    this.app = app;
  }

  /** An element's text. @template {Element} T @param {T} element @param {string} id @returns {T} */
  text(element, id) {
    return this.#put(element, (said) => (element.textContent = said), id);
  }

  /** What an element is called, where a sign stands for it: its label and its title. */
  label(element, id) {
    return this.#put(element, (said) => named(element, said), id);
  }

  /** Says everything again, where the language has changed. */
  draw() {
    if (this.#lang === this.app.lang) return;
    this.#lang = this.app.lang;
    for (const put of this.#puts) put();
  }

  #put(element, write, id) {
    const put = () => write(this.app.say(id));
    this.#puts.push(put);
    if (this.#lang) put();
    return element;
  }
}

/** @param {Element} element @param {string} said */
export function named(element, said) {
  element.setAttribute("aria-label", said);
  element.title = said;
}
