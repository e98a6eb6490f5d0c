/**
 * A matrix as a heat map: colours at first sight, exact numbers under the cursor, cells close by.
 *
 * The cursor is moved by the arrow keys, a click or a tap; what it stands on is said in a live region.
 */

import { make } from "whygrad/dom.js";
import { Palette } from "whygrad/palette.js";

const CELL = { width: 76, height: 26 }; // CSS pixels in which a number can be read
const TALLEST = 420;
const LEAST = 72; // the height of a map of few rows
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
   * @param {(index: number[]) => void} choose called with the positions of an entry that was clicked
   * @param {(matrix: object, row: number, column: number) => string} describe what is said of a cell
   */
  constructor(app, choose, describe) {
    Object.assign(this, { app, choose, describe });
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
    this.legend = make("div", { class: "legend" });
    this.how = make("p", { class: "pale how" });
    this.help = make("p", { class: "pale help", id: "heatmap-help" });
    this.root = make(
      "figure", { class: "heatmap" },
      this.tools, this.map, this.said, this.legend, this.how, this.help,
    );
    this.#listen();
  }

  #listen() {
    new ResizeObserver(() => this.draw()).observe(this.root);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
  }

  /**
   * Shows an array's values or gradients, the cursor on an entry where one is looked at.
   * @param {import("whygrad/matrix.js").Matrix} matrix
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
    if (place) this.#cursor = place;
    this.draw();
  }

  // ---- drawing ----------------------------------------------------------------------------------

  draw() {
    const matrix = this.#matrix;
    if (!matrix || !this.root.isConnected || !this.root.clientWidth) return;
    this.#measure();
    this.#paint();
    this.#outline();
    this.#tell();
    this.#say(this.#cursor);
    this.#learn();
  }

  /** How large the map is: wide matrices fill the width, small ones have cells to be read. */
  #measure() {
    const { rows, columns } = this.#matrix;
    const room = this.map.parentElement.clientWidth;
    const cell = Math.min(room / columns, CELL.width * 1.3);
    const high = Math.max(Math.min(cell, CELL.height * 1.4) * rows, Math.min(LEAST, CELL.height * rows));
    this.width = Math.max(1, Math.floor(cell * columns));
    this.height = Math.max(CELL.height, Math.min(TALLEST, Math.floor(high)));
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

  #paint() {
    const { canvas } = this;
    const context = canvas.getContext("2d");
    const palette = new Palette(this.root);
    const image = this.#image(palette, canvas.width, canvas.height);
    const small = new OffscreenCanvas(image.width, image.height);
    small.getContext("2d").putImageData(image, 0, 0);
    context.imageSmoothingEnabled = false;
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.drawImage(small, 0, 0, canvas.width, canvas.height);
    this.#rule(context, palette);
    this.#numbers(context, palette);
  }

  /** A point a cell; where a point is smaller than a point of the screen, the largest of several. */
  #image(palette, mostWide, mostHigh) {
    const { tile, across } = this.#matrix;
    const { cells } = this.#matrix.shades(this.#of);
    const seen = this.#window;
    const wide = Math.min(seen.columns, mostWide);
    const high = Math.min(seen.rows, mostHigh);
    this.gathered = [Math.ceil(seen.rows / high), Math.ceil(seen.columns / wide)];
    const image = new ImageData(wide, high);
    const points = new Uint32Array(image.data.buffer);
    const columns = edges(seen.column, seen.columns, wide, tile[1]);
    const rows = edges(seen.row, seen.rows, high, tile[0]);
    for (let y = 0, at = 0; y < high; y++) {
      for (let x = 0; x < wide; x++, at++) {
        let largest = cells[rows.from[y] * across + columns.from[x]];
        for (let r = rows.from[y]; r < rows.to[y]; r++) {
          for (let c = columns.from[x]; c < columns.to[x]; c++) {
            const shade = cells[r * across + c];
            if (largest === -128 || (shade !== -128 && Math.abs(shade) > Math.abs(largest))) {
              largest = shade;
            }
          }
        }
        points[at] = palette.point(largest);
      }
    }
    return image;
  }

  /** Lines between kernels, and between cells that are large enough. */
  #rule(context, palette) {
    const { kernel, grid } = this.#matrix;
    const seen = this.#window;
    const { width, height } = this.canvas;
    const [stepX, stepY] = [width / seen.columns, height / seen.rows];
    const multiples = grid[0] * grid[1] > 1;
    const every = (size, step) => (multiples && step * size >= 6 ? size : 0);
    const near = stepX > 12 && stepY > 12;
    context.strokeStyle = palette.css("--paper");
    for (const [start, count, step, size, length, turned] of [
      [seen.column, seen.columns, stepX, every(kernel[1], stepX), height, false],
      [seen.row, seen.rows, stepY, every(kernel[0], stepY), width, true],
    ]) {
      for (let k = 1; k < count; k++) {
        const border = size && (start + k) % size === 0;
        if (!border && !near) continue;
        context.lineWidth = border ? Math.max(2, Math.min(6, step / 3)) : 1;
        context.beginPath();
        context.moveTo(turned ? 0 : k * step, turned ? k * step : 0);
        context.lineTo(turned ? length : k * step, turned ? k * step : length);
        context.stroke();
      }
    }
  }

  /** Numbers in cells that have room for them; only those that are known exactly. */
  #numbers(context, palette) {
    const seen = this.#window;
    const [stepX, stepY] = [this.width / seen.columns, this.height / seen.rows];
    if (stepX < CELL.width - 8 || stepY < CELL.height - 8) return;
    const fine = this.canvas.width / this.width;
    context.font = `${12 * fine}px ${palette.css("--sans")}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    const { cells } = this.#matrix.shades(this.#of);
    const { tile, across } = this.#matrix;
    for (let y = 0; y < seen.rows; y++) {
      for (let x = 0; x < seen.columns; x++) {
        const [row, column] = [seen.row + y, seen.column + x];
        const number = this.#matrix.known(this.#of, row, column);
        if (number === undefined || !this.#matrix.index(row, column)) continue;
        const shade = cells[Math.floor(row / tile[0]) * across + Math.floor(column / tile[1])];
        context.fillStyle = palette.ink(shade);
        const middle = [(x + 0.5) * stepX * fine, (y + 0.5) * stepY * fine];
        context.fillText(this.app.print(number, DIGITS), ...middle, (stepX - 6) * fine);
      }
    }
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
    const { scale } = matrix.shades(this.#of);
    const of = app.say(`view.blocks.of.${this.#of}`);
    this.map.setAttribute(
      "aria-label",
      app.say("view.blocks.map", { of, name: matrix.id, rows: matrix.rows, columns: matrix.columns }),
    );
    this.help.textContent = app.say("view.blocks.keys");
    this.how.textContent = this.#gathering();
    const tick = (share) => make("span", {}, app.print(share * scale, DIGITS));
    const label = app.say("view.blocks.legend", { least: app.print(-scale, DIGITS), most: app.print(scale, DIGITS) });
    this.legend.replaceChildren(
      make("div", { class: "scale", role: "img", "aria-label": label }),
      make("div", { class: "ticks" }, ...[-1, -0.25, 0, 0.25, 1].map(tick)),
    );
    this.#buttons();
  }

  /** What a cell or a point stands for, where that is not one entry. */
  #gathering() {
    const { tile } = this.#matrix;
    const said = [];
    if (this.#matrix.pooled) {
      said.push(this.app.say("view.blocks.tile", { rows: tile[0], columns: tile[1] }));
    }
    const [rows, columns] = this.gathered;
    if (rows * columns > 1) said.push(this.app.say("view.blocks.point", { rows, columns }));
    return said.join(" ");
  }

  #buttons() {
    const { app } = this;
    const near = this.#nearest;
    const whole = this.#whole;
    const button = (id, sign, off, act) =>
      make(
        "button",
        {
          type: "button", disabled: off, "aria-label": app.say(id), title: app.say(id), "data-zoom": id,
          onclick: act,
        },
        sign,
      );
    const focused = this.tools.querySelector(":focus")?.dataset.zoom;
    this.tools.replaceChildren(
      button("view.blocks.zoom.out", "−", whole, () => this.#zoom(0.5)),
      button("view.blocks.zoom.in", "+", near, () => this.#zoom(2)),
      button("view.blocks.zoom.whole", app.say("view.blocks.whole"), whole, () => this.#zoom(0)),
      button("view.blocks.zoom.cells", app.say("view.blocks.cells"), near, () => this.#zoom(Infinity)),
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
    const missing = asked.filter(([of, r, c]) => matrix.has(of) && matrix.known(of, r, c) === undefined);
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
    return {
      rows: Math.min(this.#matrix.rows, Math.max(1, Math.floor(this.height / CELL.height))),
      columns: Math.min(this.#matrix.columns, Math.max(1, Math.floor(this.width / CELL.width))),
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
    this.#cursor = { row: r, column: c };
    const seen = this.#window;
    seen.row = between(r - seen.rows + 1, seen.row, r);
    seen.column = between(c - seen.columns + 1, seen.column, c);
    this.draw();
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
    const row = seen.row + Math.floor(((event.clientY - box.top) / box.height) * seen.rows);
    const column = seen.column + Math.floor(((event.clientX - box.left) / box.width) * seen.columns);
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

/** Which cells, in tiles, stand under each of `points` points of a part of the picture. */
function edges(start, count, points, tile) {
  const from = new Int32Array(points);
  const to = new Int32Array(points);
  for (let k = 0; k < points; k++) {
    from[k] = Math.floor((start + Math.floor((k * count) / points)) / tile);
    const last = start + Math.max(Math.floor(((k + 1) * count) / points), Math.floor((k * count) / points) + 1);
    to[k] = Math.ceil(last / tile);
  }
  return { from, to };
}
