/**
 * A matrix as a heat map: colours at first sight, exact numbers under the cursor, cells close by.
 *
 * The cursor is moved by the arrow keys, a click or a tap; what it stands on is said in a live
 * region.
 */

import { make } from "whygrad/dom.js";
import { Caption, HELP } from "whygrad/blocks/caption.js";
import { about } from "whygrad/blocks/figures.js";
import { Moves } from "whygrad/blocks/moves.js";
import { paletteOf } from "whygrad/blocks/palette.js";
import { paint } from "whygrad/blocks/picture.js";
import { Seen } from "whygrad/blocks/seen.js";

const CELL = { width: 76, height: 26 }; // CSS pixels in which a number can be read
const TALLEST = 420;
const LEAST = 72; // the height of a map of few rows
const NEAR = 260; // and of a part of it, so that some cells below each other are seen
const DIGITS = 4; // in cells; the cursor's numbers have all

export class Heatmap {
  #matrix = null;
  #of = "value";
  #seen = null;

  /**
   * @param {import("whygrad/main.js").App} app
   * @param {object} about
   * @param {(index: number[]) => void} about.choose called with the positions of a clicked entry
   * @param {(matrix: object, row: number, column: number) => string} about.describe a cell in words
   * @param {(matrix: object) => string} about.axes what rows and columns are
   */
  constructor(app, { choose, describe, axes }) {
    Object.assign(this, { app, choose, describe });
    this.canvas = make("canvas");
    this.mark = make("div", { class: "cursor" });
    const kind = { class: "map", tabindex: 0, role: "application", "aria-describedby": HELP };
    this.map = make("div", kind, this.canvas, this.mark);
    this.said = make("p", { class: "said", role: "status" });
    this.caption = new Caption(app, { axes, zoom: (factor) => this.#zoom(factor) });
    const { tools, colours, how, help } = this.caption;
    const parts = [tools, this.map, this.said, colours, how, help];
    this.root = make("figure", { class: "heatmap" }, ...parts);
    this.#listen();
  }

  #listen() {
    new Moves(this.map, {
      seen: () => this.#seen,
      point: (place) => this.#point(place),
      over: ({ row, column }) => this.#matrix.index(row, column) && this.#say({ row, column }),
      leave: () => this.#say(this.#seen.cursor),
      choose: () => this.#chosen(),
      zoom: (factor) => this.#zoom(factor),
      drag: (row, column) => {
        this.#seen.begin(row, column);
        this.draw();
      },
    });
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
    if (matrix !== this.#matrix) this.#seen = new Seen(matrix);
    this.#matrix = matrix;
    this.#of = of;
    const place = index && matrix.place(index);
    if (place) this.#seen.reveal(place);
    this.draw();
  }

  // ---- drawing ----------------------------------------------------------------------------------

  /** loud: whether what the cursor stands on is read out, since the reader moved there. */
  draw(loud = false) {
    const matrix = this.#matrix;
    if (!matrix || !this.root.isConnected || !this.root.clientWidth) return;
    this.#measure();
    this.caption.draw(matrix, this.#of, this.#paint());
    this.#label();
    if (this.caption.offer(this.#seen.whole, this.#nearest)) this.map.focus();
    this.#moved(loud);
  }

  /** What follows the cursor alone. */
  #moved(loud) {
    this.#outline();
    this.#say(this.#seen.cursor, loud);
    this.#learn();
  }

  #measure() {
    this.room = this.root.clientWidth;
    [this.width, this.height] = this.#size();
    const fine = window.devicePixelRatio || 1;
    for (const { style } of [this.map, this.canvas]) {
      style.width = `${this.width}px`;
      style.height = `${this.height}px`;
    }
    this.canvas.width = Math.round(this.width * fine);
    this.canvas.height = Math.round(this.height * fine);
    this.map.classList.toggle("near", !this.#seen.whole);
  }

  /**
   * How large the map is: matrices fill the width, small ones have cells to be read; images and
   * kernels keep their shape.
   */
  #size() {
    const { rows, columns, grid } = this.#matrix;
    const { whole } = this.#seen;
    const legible = columns * CELL.width <= this.room && rows * CELL.height <= TALLEST;
    if (grid[0] * grid[1] > 1 && whole && !legible) {
      const square = Math.min(this.room / columns, TALLEST / rows);
      return [Math.ceil(square * columns), Math.ceil(square * rows)];
    }
    const cell = Math.min(this.room / columns, CELL.width * 1.3);
    const least = Math.min(whole ? LEAST : NEAR, CELL.height * rows);
    const high = Math.max(Math.min(cell, CELL.height * 1.4) * rows, least);
    const height = Math.max(CELL.height, Math.min(TALLEST, Math.floor(high)));
    return [Math.max(1, Math.floor(cell * columns)), height];
  }

  /** Puts the seen part on the canvas; returns how many cells stand in a point. */
  #paint() {
    const seen = this.#seen;
    const wide = this.width / seen.columns >= CELL.width - 8;
    const high = this.height / seen.rows >= CELL.height - 8;
    const print = (row, column) => this.#printed(row, column);
    return paint(this.canvas, this.#matrix, this.#of, seen, {
      palette: paletteOf(this.root),
      fine: this.canvas.width / this.width,
      print: wide && high ? print : null,
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
    const { row, column, rows, columns, cursor } = this.#seen;
    const [stepX, stepY] = [this.width / columns, this.height / rows];
    const [wide, high] = [Math.max(9, stepX), Math.max(9, stepY)];
    const x = (cursor.column - column + 0.5) * stepX - wide / 2;
    const y = (cursor.row - row + 0.5) * stepY - high / 2;
    const { style } = this.mark;
    style.transform = `translate(${x}px, ${y}px)`;
    style.width = `${wide}px`;
    style.height = `${high}px`;
    this.mark.hidden = x < -wide || y < -high || x > this.width || y > this.height;
  }

  // ---- what is said -----------------------------------------------------------------------------

  #label() {
    const { app } = this;
    const { id, rows, columns } = this.#matrix;
    const of = app.say(`view.blocks.of.${this.#of}`);
    const label = app.say("view.blocks.map", { of, name: id, rows, columns });
    this.map.setAttribute("aria-label", label);
  }

  /** Says what stands at a place; loudly only where the reader moved there. */
  #say({ row, column }, loud = false) {
    const text = this.describe(this.#matrix, row, column);
    this.said.setAttribute("aria-live", loud ? "polite" : "off");
    if (this.said.textContent !== text) this.said.textContent = text;
  }

  /** Asks for the exact numbers of the cursor, and of cells that have room for them. */
  async #learn() {
    const matrix = this.#matrix;
    const seen = this.#seen;
    if (!matrix.fetch) return;
    const asked = ["value", "gradient"].map((of) => [of, seen.cursor]);
    if (this.#nearest) asked.push(...seen.corners.map((place) => [this.#of, place]));
    const missing = asked
      .map(([of, { row, column }]) => [of, row, column])
      .filter((one) => matrix.has(one[0]) && matrix.known(...one) === undefined);
    if (!missing.length) return;
    const found = await Promise.all(missing.map((one) => matrix.learn(...one)));
    if (found.some(Boolean) && matrix === this.#matrix) this.draw(true);
  }

  // ---- moving -----------------------------------------------------------------------------------

  /** The smallest part that can be seen: so many cells that each has room for its number. */
  get #smallest() {
    const { rows, columns } = this.#matrix;
    const high = Math.max(this.height, Math.min(NEAR, CELL.height * rows));
    return {
      rows: Math.min(rows, Math.max(1, Math.floor(high / CELL.height))),
      columns: Math.min(columns, Math.max(1, Math.floor(this.room / CELL.width))),
    };
  }

  get #nearest() {
    return this.#seen.within(this.#smallest);
  }

  #zoom(factor) {
    this.#seen.zoom(factor, this.#smallest);
    this.draw();
  }

  /** Puts the cursor on a place, and brings it into sight. */
  #point(place) {
    const { row, column } = this.#seen.nearest(place);
    if (!this.#matrix.index(row, column)) return; // beside the last multiple
    if (this.#seen.reveal({ row, column })) this.draw(true);
    else this.#moved(true);
  }

  #chosen() {
    const { row, column } = this.#seen.cursor;
    const index = this.#matrix.index(row, column);
    if (index) this.choose(index);
  }
}
