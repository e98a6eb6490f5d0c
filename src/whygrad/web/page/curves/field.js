/** An output of a network with two inputs, as colours over their plane, with the samples on it. */

import { draw as svg, make } from "whygrad/dom.js";
import { Chart, linear, path } from "whygrad/curves/plot.js";
import { together } from "whygrad/words.js";

const CELLS = 60; // a side
const HALF = 0.5; // where a decision falls between two classes
const NEAR = 12; // pixels from a mark within which a click means it
const REACH = 0.25; // of the samples' width, that is drawn around them

export class Field {
  extent = { least: NaN, most: NaN };
  #colours = { of: null };
  #seen = null;

  constructor() {
    this.canvas = make("canvas", { width: CELLS, height: CELLS, "aria-hidden": "true" });
    this.chart = new Chart({ height: 340, square: true });
    this.chart.area.prepend(this.canvas);
    this.chart.svg.addEventListener("click", (event) => this.#click(event));
    this.key = make("p", { class: "key pale" });
    this.node = make("div", {}, this.chart.node, this.key);
  }

  /** Shows the sample whose mark is clicked; else puts the only sample that is shown there. */
  #click(event) {
    const { samples, moved, pick } = this.#seen;
    const [x, y] = this.chart.inside(event);
    const far = ({ inputs }) => {
      const [across, down] = this.chart.place(...inputs);
      return Math.hypot(across - x, down - y);
    };
    const nearest = samples.reduce((a, b) => (far(b) < far(a) ? b : a));
    if (samples.length > 1 && far(nearest) < NEAR) pick?.(nearest.row);
    else moved?.(this.chart.values(x, y));
  }

  /** @param {object} seen as surface.js makes it */
  draw(seen) {
    this.#seen = seen;
    const { app, samples, names, output, bounded } = seen;
    const [across, up] = seen.axes;
    const values = seen.evaluate(CELLS * CELLS, lattice(across, up));
    const finite = values.filter(Number.isFinite);
    this.extent = { least: least(finite), most: most(finite) };
    const [low, high] = bounded ? [0, 1] : [this.extent.least, this.extent.most];
    const [x, y] = [linear(...across), linear(...up)];
    this.#paint(values, linear(low, high).share);
    const limit = bounded ? [(chart) => contour(chart, values, across, up)] : [];
    this.chart.draw({
      x,
      y,
      lines: [],
      over: limit,
      marks: samples.flatMap((sample) => marks(app, sample, samples)),
      titles: { x: names[0], y: names[1] },
      summary: app.say("view.surface.plane", { output, x: names[0], y: names[1] }),
      placed: (frame) => this.#fit(frame),
    });
    this.#explain(seen, low, high);
  }

  /** Lays the canvas below the axes. */
  #fit({ left, top, width, height }) {
    for (const [name, value] of Object.entries({ left, top, width, height })) {
      this.canvas.style.setProperty(name, `${value}px`);
    }
  }

  #paint(values, share) {
    const context = this.canvas.getContext("2d");
    const image = context.createImageData(CELLS, CELLS);
    const [low, middle, high] = this.#scale();
    values.forEach((value, k) => {
      const at = Math.min(1, Math.max(0, share(value)));
      const [from, to, part] = at < 0.5 ? [low, middle, 2 * at] : [middle, high, 2 * at - 1];
      for (let c = 0; c < 3; c++) image.data[4 * k + c] = from[c] + (to[c] - from[c]) * part;
      image.data[4 * k + 3] = Number.isFinite(value) ? 255 : 0;
    });
    context.putImageData(image, 0, 0);
  }

  /** The colours of 0, ½ and 1 as the page's theme has them now. */
  #scale() {
    const style = getComputedStyle(document.documentElement);
    const names = ["--negative", "--paper", "--positive"].map((name) =>
      style.getPropertyValue(name).trim(),
    );
    const of = names.join();
    if (this.#colours.of !== of) this.#colours = { of, parts: names.map(parts) };
    const [low, middle, high] = this.#colours.parts;
    const mixed = (end) => end.map((v, c) => 0.25 * middle[c] + 0.75 * v); // marks stay readable
    return [mixed(low), middle, mixed(high)];
  }

  #explain({ app, bounded, output, samples, moved, pick }, low, high) {
    const several = samples.length > 1;
    const said = [];
    const { least, most } = this.extent;
    if (bounded && least < HALF && most > HALF) said.push(app.say("view.surface.half", { output }));
    if (several) said.push(app.say("view.surface.marks"));
    if (several && pick) said.push(app.say("view.surface.click"));
    if (moved) said.push(app.say("view.surface.click.one"));
    const ends = ["low", "high"].map((end) => make("span", { class: `swatch ${end}` }));
    const [from, to] = [low, high].map((end) => app.print(end, 3));
    const key = [ends[0], from, ends[1], to, " ", together(app.lang, said)];
    this.key.replaceChildren(...key);
  }
}

/** From where to where an axis goes, so that there is room around these numbers. */
export function roomAround(numbers) {
  const [low, high] = [least(numbers), most(numbers)];
  const room = high > low ? REACH * (high - low) : 1;
  return [low - room, high + room];
}

/** The inputs of all cells, row after row from the top, each in its cell's middle. */
function lattice([left, right], [bottom, top]) {
  const points = new Float64Array(2 * CELLS * CELLS);
  for (let k = 0; k < CELLS * CELLS; k++) {
    points[2 * k] = left + ((right - left) * ((k % CELLS) + 0.5)) / CELLS;
    points[2 * k + 1] = top - ((top - bottom) * (Math.floor(k / CELLS) + 0.5)) / CELLS;
  }
  return points;
}

/** Where the output is ½: in each square of four cells' middles, its way through. */
function contour(chart, values, [left, right], [bottom, top]) {
  const x = (column) => left + ((right - left) * (column + 0.5)) / CELLS;
  const y = (row) => top - ((top - bottom) * (row + 0.5)) / CELLS;
  let d = "";
  for (let row = 0; row + 1 < CELLS; row++) {
    for (let column = 0; column + 1 < CELLS; column++) {
      const k = row * CELLS + column;
      const corners = [values[k], values[k + 1], values[k + CELLS + 1], values[k + CELLS]];
      const ends = crossings(corners).map(([right, down]) =>
        chart.place(x(column + right), y(row + down)),
      );
      for (let e = 0; e + 1 < ends.length; e += 2) d += path([ends[e], ends[e + 1]]);
    }
  }
  return svg("path", { class: "contour", d });
}

/** Where the sides of a square are crossed, from its upper left corner; in pairs, in their order. */
function crossings([a, b, c, d]) {
  const found = [];
  const share = (from, to) => (HALF - from) / (to - from);
  const differs = (from, to) => from > HALF !== to > HALF;
  if (differs(a, b)) found.push([share(a, b), 0]);
  if (differs(b, c)) found.push([1, share(b, c)]);
  if (differs(d, c)) found.push([share(d, c), 1]);
  if (differs(a, d)) found.push([0, share(a, d)]);
  return found;
}

/** A sample's mark: its shape and its colour tell its target. */
function marks(app, sample, samples) {
  const { inputs, target, output, row, shown } = sample;
  const middle = (least(samples.map((s) => s.target)) + most(samples.map((s) => s.target))) / 2;
  const high = samples.length > 1 ? target > middle : target > HALF;
  const title = app.say("view.surface.mark", {
    row: row + 1,
    output: app.print(output, 6),
    target: app.print(target, 6),
  });
  const [x, y] = inputs;
  const own = { x, y, kind: high ? "dot high" : "square low", title };
  return shown && samples.length > 1 ? [own, { x, y, kind: "ring", title }] : [own];
}

/** #1b1e23 → [27, 30, 35] */
function parts(colour) {
  const digits = colour.slice(1);
  const wide = digits.length === 3 ? digits.replace(/./g, "$&$&") : digits;
  return [0, 2, 4].map((k) => parseInt(wide.slice(k, k + 2), 16));
}

function least(numbers) {
  let found = Infinity;
  for (const number of numbers) if (number < found) found = number;
  return found;
}

function most(numbers) {
  let found = -Infinity;
  for (const number of numbers) if (number > found) found = number;
  return found;
}
