/** How one moves in a heat map: by keys, by a pointer, by a wheel. */

import { set } from "whygrad/dom.js";

const FAR = 10; // cells that Shift goes at once
const STILL = 6; // pixels within which a press is a click
const KEYS = {
  ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1],
  PageUp: [-10, 0], PageDown: [10, 0], Home: [0, -Infinity], End: [0, Infinity],
};

/**
 * @typedef {object} Moved what is called
 * @property {() => import("whygrad/blocks/seen.js").Seen} seen
 * @property {(place: object) => void} point a place was gone to
 * @property {(place: object) => void} over the pointer is over a place
 * @property {() => void} leave it is over none
 * @property {() => void} choose the cursor's cell was chosen
 * @property {(factor: number) => void} zoom
 * @property {(row: number, column: number) => void} drag the seen part is to begin there
 */

/** Listens to an element that shows a part of a matrix. */
export class Moves {
  #press = null; // where the pointer went down, and what was seen then

  /** @param {HTMLElement} element @param {Moved} moved */
  constructor(element, moved) {
    Object.assign(this, { element, moved });
    set(element, {
      onkeydown: (event) => this.#key(event),
      onpointerdown: (event) => this.#down(event),
      onpointermove: (event) => this.#move(event),
      onpointerup: (event) => this.#up(event),
      onpointercancel: () => (this.#press = null),
      onpointerleave: () => moved.leave(),
      onwheel: (event) => this.#wheel(event),
    });
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { moved } = this;
    const { row, column } = moved.seen().cursor;
    const way = KEYS[event.key];
    const far = event.shiftKey ? FAR : 1;
    if (way) moved.point({ row: row + way[0] * far, column: column + way[1] * far });
    else if (event.key === "+" || event.key === "=") moved.zoom(2);
    else if (event.key === "-") moved.zoom(0.5);
    else if (event.key === "0") moved.zoom(0);
    else if (event.key === "Enter" || event.key === " ") moved.choose();
    else return;
    event.preventDefault();
  }

  /** The place under the pointer. */
  #under({ clientX, clientY }) {
    const { left, top, width, height } = this.element.firstElementChild.getBoundingClientRect();
    return this.moved.seen().at((clientX - left) / width, (clientY - top) / height);
  }

  #down(event) {
    if (event.button !== 0) return;
    const { row, column } = this.moved.seen();
    this.#press = { x: event.clientX, y: event.clientY, row, column, dragged: false };
  }

  #move(event) {
    const press = this.#press;
    if (!press) {
      if (event.pointerType === "mouse") this.moved.over(this.#under(event));
      return;
    }
    const [x, y] = [event.clientX - press.x, event.clientY - press.y];
    if (!press.dragged && Math.hypot(x, y) < STILL) return;
    if (!press.dragged) this.element.setPointerCapture(event.pointerId);
    press.dragged = true;
    const { clientWidth, clientHeight } = this.element;
    const { rows, columns } = this.moved.seen();
    this.moved.drag(
      press.row - (y / clientHeight) * rows,
      press.column - (x / clientWidth) * columns,
    );
  }

  #up(event) {
    const press = this.#press;
    this.#press = null;
    if (!press || press.dragged) return;
    this.moved.point(this.#under(event));
    this.moved.choose();
  }

  #wheel(event) {
    if (!event.ctrlKey && !event.metaKey) return; // the page scrolls
    event.preventDefault();
    this.moved.seen().cursor = this.#under(event);
    this.moved.zoom(event.deltaY < 0 ? 2 : 0.5);
  }
}
