/** The number of a name, the name of a number: shown where the pointer or the focus is. */

import { make } from "whygrad/dom.js";

export class Tip {
  /**
   * @param {import("whygrad/main.js").App} app
   * @param {(key: string) => number|undefined} number what may be seen of a name
   */
  constructor(app, number) {
    Object.assign(this, { app, number });
    this.element = make("div", { class: "tip", "aria-hidden": "true" });
    this.element.hidden = true;
  }

  /** @param {HTMLElement} root */
  watch(root) {
    for (const type of ["pointerover", "focusin"])
      root.addEventListener(type, (event) => this.#at(event.target));
    for (const type of ["pointerleave", "focusout", "scroll"])
      root.addEventListener(type, () => this.hide(), true);
  }

  hide() {
    this.element.hidden = true;
  }

  #at(target) {
    const place = target.closest?.("[data-link], [data-slot]");
    if (!place) return this.hide();
    const { link, slot } = place.dataset;
    const number = this.number(link ?? slot);
    if (number === undefined) return this.hide();
    this.element.textContent = `${link ?? slot} = ${this.app.print(number)}`;
    this.element.hidden = false;
    const { left, top, bottom } = place.getBoundingClientRect();
    const { width, height } = this.element.getBoundingClientRect();
    const above = top - height - 6;
    const x = Math.max(4, Math.min(left, document.documentElement.clientWidth - width - 4));
    this.element.style.setProperty("left", `${x}px`);
    this.element.style.setProperty("top", `${above > 4 ? above : bottom + 6}px`);
  }
}
