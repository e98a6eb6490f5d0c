/**
 * A matrix as a heat map: colours at first sight, exact numbers under the cursor, cells close by.
 *
 * The cursor is moved by the arrow keys, a click or a tap; what it stands on is said in a live
 * region.
 */

import { make } from "whygrad/dom.js";
import { about } from "whygrad/blocks/figures.js";
import { Palette } from "whygrad/blocks/palette.js";
import { paint } from "whygrad/blocks/picture.js";

const CELL = { width: 76, height: 26 }; // CSS pixels in which a number can be read
const TALLEST = 420;
const LEAST = 72; // the height of a map of few rows
const NEAR = 260; // and of a part of it, so that some cells below each other are seen
const DIGITS = 4; // in cells and legends; the cursor's numbers have all
const MOVES = {
  ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1],
  PageUp: [-10, 0], PageDown: [10, 0], Home: [0, -Infinity], End: [0, Infinity],
};

export class Heatmap {
  #matrix = null;
  #of = "value";
  #window = null; // the part that is seen: {row, column, rows, columns}
  #cursor = { row: 0, column: 0 };
  #drag = null;

  /**
   * @param {import("whygrad/main.js").App} app
   * @param {object} about
   * @param {(index: number[]) => void} about.choose called with the positions of a clicked entry
   * @param {(matrix: object, row: number, column: number) => string} about.describe a cell in words
   * @param {(matrix: object) => string} about.axes what rows and columns are
   */
  constructor(app, about) {
    Object.assign(this, { app, ...about });
    this.canvas = make("canvas");
    this.mark = make("div", { class: "cursor" });
    this.map = make(
      "div",
      {
        class: "map", tabindex: 0, role: "application", "aria-describedby": "heatmap-help",
        onkeydown: (event) => this.#key(event),
        onpointerdown: (event) => this.#press(event),
        onpointermove: (event) => this.#move(event),
        onpointerup: (event) => this.#release(event),
        onpointercancel: () => (this.#drag = null),
        onpointerleave: () => this.#say(this.#cursor),
        onwheel: (event) => this.#wheel(event),
      },
      this.canvas,
      this.mark,
    );
    this.tools = make("div", { class: "row tools" });
    this.said = make("p", { class: "said", role: "status", "aria-live": "polite" });
    this.colours = make("div", { class: "colours" });
    this.how = make("p", { class: "pale how" });
    this.help = make("p", { class: "pale help", id: "heatmap-help" });
    this.root = make(
      "figure", { class: "heatmap" },
      this.tools, this.map, this.said, this.colours, this.how, this.help,
    );
    this.#listen();
  }

  #listen() {
    new ResizeObserver(() => this.root.clientWidth !== this.room && this.draw()).observe(this.root);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
  }

  /**
   * Shows an array's values or gradients, the cursor on an entry where one is looked at.
   * @param {import("whygrad/blocks/matrix.js").Matrix} matrix
   * @param {"value"|"gradient"} of
   * @param {number[]|null} index
   */
  show(matrix, of, index) {
    const other = matrix !== this.#matrix;
    this.#matrix = matrix;
    this.#of = of;
    if (other) {
      this.#window = { row: 0, column: 0, rows: matrix.rows, columns: matrix.columns };
      this.#cursor = { row: 0, column: 0 };
    }
    const place = index && matrix.place(index);
    if (place) this.#reveal(place);
    this.draw();
  }

  // ---- drawing ----------------------------------------------------------------------------------

  draw() {
    const matrix = this.#matrix;
    if (!matrix || !this.root.isConnected || !this.root.clientWidth) return;
    this.#measure();
    this.#paint();
    this.#tell();
    this.#moved();
  }

  /** What follows the cursor alone. */
  #moved() {
    this.#outline();
    this.#say(this.#cursor);
    this.#learn();
  }

  #measure() {
    this.room = this.root.clientWidth;
    [this.width, this.height] = this.#size();
    this.map.style.width = `${this.width}px`;
    this.map.style.height = `${this.height}px`;
    const { style } = this.canvas;
    style.width = this.map.style.width;
    style.height = this.map.style.height;
    const fine = window.devicePixelRatio || 1;
    this.canvas.width = Math.round(this.width * fine);
    this.canvas.height = Math.round(this.height * fine);
    this.map.classList.toggle("near", !this.#whole);
  }

  /**
   * How large the map is: matrices fill the width, small ones have cells to be read; images and
   * kernels keep their shape.
   */
  #size() {
    const { rows, columns, grid } = this.#matrix;
    const legible = columns * CELL.width <= this.room && rows * CELL.height <= TALLEST;
    if (grid[0] * grid[1] > 1 && this.#whole && !legible) {
      const square = Math.min(this.room / columns, TALLEST / rows);
      return [Math.ceil(square * columns), Math.ceil(square * rows)];
    }
    const cell = Math.min(this.room / columns, CELL.width * 1.3);
    const least = Math.min(this.#whole ? LEAST : NEAR, CELL.height * rows);
    const high = Math.max(Math.min(cell, CELL.height * 1.4) * rows, least);
    const height = Math.max(CELL.height, Math.min(TALLEST, Math.floor(high)));
    return [Math.max(1, Math.floor(cell * columns)), height];
  }

  /** Puts the seen part on the canvas. */
  #paint() {
    const close = this.width / this.#window.columns >= CELL.width - 8;
    const print = (row, column) => this.#printed(row, column);
    this.gathered = paint(this.canvas, this.#matrix, this.#of, this.#window, {
      palette: new Palette(this.root),
      fine: this.canvas.width / this.width,
      print: close && this.height / this.#window.rows >= CELL.height - 8 ? print : null,
    });
  }

  /** A cell's number as it stands in the cell; ≈ where only its colour is known. */
  #printed(row, column) {
    const matrix = this.#matrix;
    if (!matrix.index(row, column)) return "";
    const known = matrix.known(this.#of, row, column);
    if (known !== undefined) return this.app.print(known, DIGITS);
    const bounds = matrix.bounds(this.#of, row, column);
    return bounds && !matrix.pooled ? `≈ ${about(bounds)}` : "";
  }

  /** The frame around the cell of the cursor, never too small to be seen. */
  #outline() {
    const seen = this.#window;
    const [stepX, stepY] = [this.width / seen.columns, this.height / seen.rows];
    const [wide, high] = [Math.max(9, stepX), Math.max(9, stepY)];
    const x = (this.#cursor.column - seen.column + 0.5) * stepX - wide / 2;
    const y = (this.#cursor.row - seen.row + 0.5) * stepY - high / 2;
    const { style } = this.mark;
    style.transform = `translate(${x}px, ${y}px)`;
    style.width = `${wide}px`;
    style.height = `${high}px`;
    this.mark.hidden = x < -wide || y < -high || x > this.width || y > this.height;
  }

  // ---- what is said -----------------------------------------------------------------------------

  #tell() {
    const { app } = this;
    const matrix = this.#matrix;
    const { rows, columns } = matrix;
    const { scale } = matrix.shades(this.#of);
    const of = app.say(`view.blocks.of.${this.#of}`);
    this.map.setAttribute(
      "aria-label",
      app.say("view.blocks.map", { of, name: matrix.id, rows, columns }),
    );
    this.help.textContent = app.say("view.blocks.keys");
    this.how.textContent = this.#gathering();
    const tick = (share) => make("span", {}, app.print(share * scale, DIGITS));
    const [least, most] = [app.print(-scale, DIGITS), app.print(scale, DIGITS)];
    const label = app.say("view.blocks.legend", { least, most });
    this.colours.replaceChildren(
      make("div", { class: "gradient", role: "img", "aria-label": label }),
      make("div", { class: "ticks" }, ...[-1, -0.25, 0, 0.25, 1].map(tick)),
    );
    this.#buttons();
  }

  /** What rows and columns are, and what a cell or a point is, where that is not one entry. */
  #gathering() {
    const { tile } = this.#matrix;
    const said = [this.axes(this.#matrix)];
    if (this.#matrix.pooled) {
      said.push(this.app.say("view.blocks.tile", { rows: tile[0], columns: tile[1] }));
    }
    const [rows, columns] = this.gathered;
    if (rows * columns > 1) said.push(this.app.say("view.blocks.point", { rows, columns }));
    return said.filter(Boolean).join(" ");
  }

  #buttons() {
    const { app } = this;
    const near = this.#nearest;
    const whole = this.#whole;
    const button = (id, sign, off, act) => {
      const said = app.say(`view.blocks.zoom.${id}`);
      const about = { disabled: off, "aria-label": said, title: said, "data-zoom": id };
      return make("button", { type: "button", ...about, onclick: act }, sign);
    };
    const focused = this.tools.querySelector(":focus")?.dataset.zoom;
    this.tools.replaceChildren(
      button("out", "−", whole, () => this.#zoom(0.5)),
      button("in", "+", near, () => this.#zoom(2)),
      button("whole", app.say("view.blocks.whole"), whole, () => this.#zoom(0)),
      button("cells", app.say("view.blocks.cells"), near, () => this.#zoom(Infinity)),
    );
    this.tools.hidden = whole && near;
    if (!focused) return;
    const again = this.tools.querySelector(`[data-zoom="${focused}"]:not(:disabled)`);
    (again ?? this.map).focus();
  }

  /** Says what stands at a place; loudly only where the reader moved there. */
  #say({ row, column }, loud = true) {
    const text = this.describe(this.#matrix, row, column);
    this.said.setAttribute("aria-live", loud ? "polite" : "off");
    if (this.said.textContent !== text) this.said.textContent = text;
  }

  /** Asks for the exact numbers of the cursor, and of cells that have room for them. */
  async #learn() {
    const matrix = this.#matrix;
    const seen = this.#window;
    const { row, column } = this.#cursor;
    const asked = ["value", "gradient"].map((of) => [of, row, column]);
    if (this.#nearest) {
      for (const r of [seen.row, seen.row + seen.rows - 1]) {
        for (const c of [seen.column, seen.column + seen.columns - 1]) asked.push([this.#of, r, c]);
      }
    }
    const missing = asked.filter((one) => matrix.has(one[0]) && matrix.known(...one) === undefined);
    if (!missing.length || !matrix.fetch) return;
    const found = await Promise.all(missing.map((one) => matrix.learn(...one)));
    if (found.some(Boolean) && matrix === this.#matrix) this.draw();
  }

  // ---- moving -----------------------------------------------------------------------------------

  get #whole() {
    return this.#window.rows >= this.#matrix.rows && this.#window.columns >= this.#matrix.columns;
  }

  /** The smallest part that can be seen: so many cells that each has room for its number. */
  get #smallest() {
    const high = Math.max(this.height, Math.min(NEAR, CELL.height * this.#matrix.rows));
    return {
      rows: Math.min(this.#matrix.rows, Math.max(1, Math.floor(high / CELL.height))),
      columns: Math.min(this.#matrix.columns, Math.max(1, Math.floor(this.room / CELL.width))),
    };
  }

  get #nearest() {
    const { rows, columns } = this.#smallest;
    return this.#window.rows <= rows && this.#window.columns <= columns;
  }

  /** Shows fewer or more cells around the cursor. */
  #zoom(factor) {
    const least = this.#smallest;
    const size = (now, small, all) =>
      factor === 0 ? all : Math.min(all, Math.max(small, Math.round(now / factor)));
    const rows = size(this.#window.rows, least.rows, this.#matrix.rows);
    const columns = size(this.#window.columns, least.columns, this.#matrix.columns);
    const { row, column } = this.#cursor;
    this.#window = { rows, columns, row: row - (rows >> 1), column: column - (columns >> 1) };
    this.#hold();
    this.draw();
  }

  /** Keeps the seen part inside of the matrix. */
  #hold() {
    const seen = this.#window;
    seen.row = between(0, Math.round(seen.row), this.#matrix.rows - seen.rows);
    seen.column = between(0, Math.round(seen.column), this.#matrix.columns - seen.columns);
  }

  /** Puts the cursor on a place, and brings it into sight. */
  #point(row, column) {
    const { rows, columns } = this.#matrix;
    const [r, c] = [between(0, row, rows - 1), between(0, column, columns - 1)];
    if (!this.#matrix.index(r, c)) return; // beside the last multiple
    if (this.#reveal({ row: r, column: c })) this.draw();
    else this.#moved();
  }

  /** Puts the cursor on a place and brings it into sight; true where the seen part moved for it. */
  #reveal({ row, column }) {
    this.#cursor = { row, column };
    const seen = this.#window;
    const before = { ...seen };
    seen.row = between(row - seen.rows + 1, seen.row, row);
    seen.column = between(column - seen.columns + 1, seen.column, column);
    return seen.row !== before.row || seen.column !== before.column;
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { row, column } = this.#cursor;
    const move = MOVES[event.key];
    if (move) {
      const far = event.shiftKey ? 10 : 1;
      this.#point(row + move[0] * far, column + move[1] * far);
    } else if (event.key === "+" || event.key === "=") this.#zoom(2);
    else if (event.key === "-") this.#zoom(0.5);
    else if (event.key === "0") this.#zoom(0);
    else if (event.key === "Enter" || event.key === " ") this.#chosen();
    else return;
    event.preventDefault();
  }

  #chosen() {
    const index = this.#matrix.index(this.#cursor.row, this.#cursor.column);
    if (index) this.choose(index);
  }

  /** The place under the pointer. */
  #under(event) {
    const box = this.canvas.getBoundingClientRect();
    const seen = this.#window;
    const [x, y] = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    const row = seen.row + Math.floor(y * seen.rows);
    const column = seen.column + Math.floor(x * seen.columns);
    return {
      row: between(seen.row, row, seen.row + seen.rows - 1),
      column: between(seen.column, column, seen.column + seen.columns - 1),
    };
  }

  #press(event) {
    if (event.button !== 0) return;
    this.#drag = { x: event.clientX, y: event.clientY, seen: { ...this.#window }, moved: false };
  }

  #move(event) {
    const drag = this.#drag;
    if (!drag) {
      if (event.pointerType === "mouse") this.#hover(this.#under(event));
      return;
    }
    const [x, y] = [event.clientX - drag.x, event.clientY - drag.y];
    if (!drag.moved && Math.hypot(x, y) < 6) return;
    if (!drag.moved) this.map.setPointerCapture(event.pointerId);
    drag.moved = true;
    this.#window.column = drag.seen.column - (x / this.width) * drag.seen.columns;
    this.#window.row = drag.seen.row - (y / this.height) * drag.seen.rows;
    this.#hold();
    this.draw();
  }

  async #hover(place) {
    const matrix = this.#matrix;
    if (!matrix.index(place.row, place.column)) return;
    this.#say(place, false);
  }

  #release(event) {
    const moved = this.#drag?.moved;
    const pressed = this.#drag !== null;
    this.#drag = null;
    if (moved || !pressed) return;
    const { row, column } = this.#under(event);
    this.#point(row, column);
    this.#chosen();
  }

  #wheel(event) {
    if (!event.ctrlKey && !event.metaKey) return; // the page scrolls
    event.preventDefault();
    const { row, column } = this.#under(event);
    this.#cursor = { row, column };
    this.#zoom(event.deltaY < 0 ? 2 : 0.5);
  }
}

function between(least, value, most) {
  return Math.max(least, Math.min(most, value));
}
