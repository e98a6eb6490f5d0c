/** Pictures with two axes: scales with readable ticks, lines that differ in more than colour. */

import { grouped } from "whygrad/arithmetic/numbers.js";
import { draw as svg, make } from "whygrad/dom.js";

const MARGIN = { left: 58, right: 14, top: 24, bottom: 38 };
const RAISED = {
  "-": "⁻",
  0: "⁰",
  1: "¹",
  2: "²",
  3: "³",
  4: "⁴",
  5: "⁵",
  6: "⁶",
  7: "⁷",
  8: "⁸",
  9: "⁹",
};
const WIDE = 7; // pixels of a digit, about
const NARROWEST = 160; // pixels
const STYLES = 6; // kinds of lines in plot.css, by colour and by dashes

// ---- scales: from a value to its share of the axis, 0 to 1, and back ---------------------------

/**
 * @typedef {object} Scale
 * @property {(value: number) => number} share
 * @property {(share: number) => number} value
 * @property {(count: number) => {at: number, label: string}[]} ticks  about so many
 */

/** Equal steps are equally far apart. @returns {Scale} */
export function linear(low, high) {
  const span = high - low || 1;
  return {
    share: (value) => (value - low) / span,
    value: (share) => low + share * span,
    ticks: (count) => labelled(evenly(low, low + span, count)),
  };
}

/** Equal factors are equally far apart; low is above 0. @returns {Scale} */
export function logarithmic(low, high) {
  const start = Math.log(low);
  const span = Math.log(high) - start || 1;
  return {
    share: (value) => (Math.log(value) - start) / span,
    value: (share) => Math.exp(start + share * span),
    ticks: (count) => labelled(byFactors(low, high, count)),
  };
}

/** Counts from 0 to most, thinned out as logarithms do, and with a place for 0. @returns {Scale} */
export function counting(most) {
  const span = Math.log1p(most) || 1;
  const powers = [0];
  for (let power = 1; power <= most; power *= 10) powers.push(power);
  return {
    share: (count) => Math.log1p(count) / span,
    value: (share) => Math.expm1(share * span),
    ticks: () => powers.map((at) => ({ at, label: grouped(at) })),
  };
}

/**
 * A scale that shows all of these numbers: logarithmic where they are above 0 and far apart.
 * @param {Iterable<number>} numbers those that are not finite are passed over
 * @returns {Scale|null} null where there are none
 */
export function fitting(numbers, { log = "auto" } = {}) {
  let [low, high] = [Infinity, -Infinity];
  for (const number of numbers) {
    if (!Number.isFinite(number)) continue;
    if (number < low) low = number;
    if (number > high) high = number;
  }
  if (low > high) return null;
  if (log === true || (log === "auto" && high > 30 * low)) {
    if (low > 0) return high > 1.05 * low ? widened(low, high) : logarithmic(low / 1.5, low * 1.5);
  }
  if (low === high && low === 0) return linear(0, 1);
  if (low === high) return linear(low - (Math.abs(low) / 2 || 1), high + (Math.abs(high) / 2 || 1));
  const room = (high - low) / 20;
  return linear(low - room, high + room);
}

/** A little room at both ends, so that no line runs along an edge. */
function widened(low, high) {
  const room = (high / low) ** 0.05;
  return logarithmic(
    Math.max(low / room, Number.MIN_VALUE),
    Math.min(high * room, Number.MAX_VALUE),
  );
}

/** Multiples of 1, 2 or 5 times a power of ten. */
function evenly(low, high, count) {
  const rough = (high - low) / Math.max(count, 1);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((factor) => 1.4 * factor * power >= rough) * power;
  const ticks = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + step * 1e-9; k++) {
    ticks.push(Number((k * step).toPrecision(12)));
  }
  return ticks;
}

/** Powers of ten, every so many; 1, 2, 5 of each where there are few; equal steps within one. */
function byFactors(low, high, count) {
  const [first, last] = [Math.ceil(Math.log10(low) - 1e-9), Math.floor(Math.log10(high) + 1e-9)];
  const powers = last - first + 1;
  const within = (ticks) => ticks.filter((t) => t >= low * (1 - 1e-9) && t <= high * (1 + 1e-9));
  if (powers >= 3) {
    const every = Math.ceil(powers / Math.max(count, 1));
    const start = Math.ceil(first / every) * every;
    return range(start, last, every).map((n) => Number(`1e${n}`));
  }
  const fine = range(first - 1, last, 1).flatMap((n) => [1, 2, 5].map((k) => Number(`${k}e${n}`)));
  const found = within(fine);
  return found.length >= 3 ? found : within(evenly(low, high, count)).filter((t) => t > 0);
}

function range(first, last, step) {
  const found = [];
  for (let n = first; n <= last; n += step) found.push(n);
  return found;
}

/**
 * Of many values in order, what makes the picture of all: of each column the first, the smallest, the
 * largest and the last.
 * @param {ArrayLike<number>} values
 * @param {Scale} x
 * @param {number} columns
 * @param {(k: number) => number} [at] where a value stands on the scale
 * @returns {[number, number][]}
 */
export function thinned(values, x, columns, at = (k) => k) {
  const points = [];
  let column = null;
  let [first, least, most, last] = [0, 0, 0, 0];
  const close = () => {
    const kept = [...new Set([first, least, most, last])].sort((a, b) => a - b);
    for (const k of kept) points.push([at(k), values[k]]);
  };
  for (let k = 0; k < values.length; k++) {
    const here = Math.floor(x.share(at(k)) * columns);
    if (here !== column) {
      if (k) close();
      column = here;
      first = least = most = k;
    }
    if (values[k] < values[least]) least = k;
    if (values[k] > values[most]) most = k;
    last = k;
  }
  if (values.length) close();
  return points;
}

// ---- what stands at a tick ----------------------------------------------------------------------

/** Ticks with their labels: all as powers of ten where any is very large or very small. */
function labelled(ticks) {
  const sizes = ticks.map(Math.abs).filter((size) => size > 0);
  const powers = sizes.some((size) => size >= 1e5 || size < 1e-3);
  return ticks.map((at) => ({ at, label: powers ? power(at) : plain(at) }));
}

function plain(number) {
  return grouped(Number(number.toPrecision(6))).replace("-", "−");
}

/** 2·10⁻⁵ */
function power(number) {
  if (number === 0) return "0";
  const [factor, exponent] = number.toExponential(3).split("e");
  const raised = String(Number(exponent)).replace(/./g, (digit) => RAISED[digit]);
  const digits = String(Number(factor)).replace("-", "−");
  if (digits === "1") return `10${raised}`;
  return digits === "−1" ? `−10${raised}` : `${digits}·10${raised}`;
}

/** A number of which only the size is of interest, to two digits: 12, 110,000, 1.1·10⁹ */
export function rough(number) {
  const rounded = Number(number.toPrecision(2));
  return rounded < 1e6 ? grouped(rounded) : power(rounded);
}

// ---- the picture --------------------------------------------------------------------------------

/**
 * @typedef {object} Picture
 * @property {Scale} x
 * @property {Scale} y
 * @property {{x: string, y: string}} titles
 * @property {{label: string, points: [number, number][], style?: number}[]} lines  each in a style of its own
 * @property {{x: number, y: number, kind: string, title?: string}[]} [marks]
 * @property {number|null} [cursor]  where an upright line stands
 * @property {((chart: Chart) => Node)[]} [over]  what else is drawn over the lines
 * @property {(frame: object) => void} [placed]  told where the axes are
 * @property {string} summary  what the picture shows, for those who do not see it
 */

/** A picture as wide as its place, with a legend where there are several lines. */
export class Chart {
  #picture = null;
  #width = 0; // of its place: to ask the browser for it would cost a layout each time

  /** height, in pixels; square: as high as it is wide, up to that */
  constructor({ height = 190, square = false } = {}) {
    this.height = height;
    this.square = square;
    this.svg = svg("svg", { class: "plot", role: "img" });
    this.legend = make("ul", { class: "legend", "aria-hidden": "true" });
    this.area = make("div", { class: "plotted" }, this.svg);
    this.node = make("figure", { class: "chart" }, this.area, this.legend);
    new ResizeObserver(([{ contentRect }]) => this.#resized(contentRect.width)).observe(this.area);
  }

  #resized(width) {
    if (width === this.#width) return;
    this.#width = width;
    if (this.#picture && width) this.#redraw();
  }

  /** The axes' rectangle in pixels of the picture. */
  get frame() {
    const whole = Math.max((this.#width ||= this.area.clientWidth), NARROWEST);
    const width = this.square ? Math.min(whole, this.height + MARGIN.left - MARGIN.bottom) : whole;
    const height = this.square ? width - MARGIN.left + MARGIN.bottom : this.height;
    const { left, top, right, bottom } = MARGIN;
    return {
      left,
      top,
      whole: [width, height],
      width: width - left - right,
      height: height - top - bottom,
    };
  }

  /** Where a value stands, in pixels. */
  place(x, y, { left, top, width, height } = this.frame) {
    const { x: across, y: up } = this.#picture;
    return [left + across.share(x) * width, top + (1 - up.share(y)) * height];
  }

  /** Where an event took place, in pixels of the picture. */
  inside({ clientX, clientY }) {
    const { left, top } = this.svg.getBoundingClientRect();
    return [clientX - left, clientY - top];
  }

  /** The values that stand at a place of the picture; null outside of the axes. */
  values(across, down) {
    const { left, top, width, height } = this.frame;
    const shares = [(across - left) / width, 1 - (down - top) / height];
    if (shares.some((share) => share < 0 || share > 1)) return null;
    return [this.#picture.x.value(shares[0]), this.#picture.y.value(shares[1])];
  }

  /** @param {Picture} picture */
  draw(picture) {
    this.#picture = picture;
    this.#redraw();
  }

  #redraw() {
    const picture = this.#picture;
    const { frame } = this;
    const [width, height] = frame.whole;
    const whole = {
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
      "aria-label": picture.summary,
    };
    for (const [name, value] of Object.entries(whole)) this.svg.setAttribute(name, value);
    const clip = {
      x: frame.left,
      y: frame.top - 4,
      width: frame.width + 5,
      height: frame.height + 8,
    };
    picture.placed?.(frame);
    this.svg.replaceChildren(
      axes(picture, frame),
      svg(
        "svg",
        { ...clip, viewBox: `${clip.x} ${clip.y} ${clip.width} ${clip.height}` },
        ...picture.lines.map((line, k) => this.#line(line, k)),
      ),
      ...(picture.over ?? []).map((draw) => draw(this)),
      ...(picture.cursor === null || picture.cursor === undefined
        ? []
        : [this.#cursor(picture.cursor)]),
      ...(picture.marks ?? []).map((mark) => this.#mark(mark)),
    );
    const named = picture.lines.length > 1 ? picture.lines : [];
    this.legend.replaceChildren(...named.map(({ label, style }, k) => entry(label, style ?? k)));
  }

  #line({ points, style }, k) {
    const { frame } = this;
    const d = path(points.map(([x, y]) => this.place(x, y, frame)));
    return svg("path", { class: `line line-${(style ?? k) % STYLES}`, d });
  }

  #cursor(x) {
    const { left, top, width, height } = this.frame;
    const at = left + Math.min(1, Math.max(0, this.#picture.x.share(x))) * width;
    return svg("line", { class: "cursor", x1: at, x2: at, y1: top, y2: top + height });
  }

  #mark({ x, y, kind, title }) {
    const [across, down] = this.place(x, y);
    if (!Number.isFinite(across) || !Number.isFinite(down)) return "";
    const node = svg("path", {
      class: `mark ${kind}`,
      transform: `translate(${across} ${down})`,
      d: shape(kind),
    });
    if (title) node.append(svg("title", {}, title));
    return node;
  }
}

const SHAPES = {
  ring: "M-8,0a8,8 0 1,0 16,0a8,8 0 1,0 -16,0",
  dot: "M-4,0a4,4 0 1,0 8,0a4,4 0 1,0 -8,0",
  square: "M-4,-4H4V4H-4Z",
};

function shape(kind) {
  return SHAPES[kind.split(" ")[0]];
}

/** A way through points in pixels; it breaks off where a number is not finite. */
export function path(points) {
  let d = "";
  let pen = "M";
  for (const [x, y] of points) {
    if (Number.isFinite(x) && Number.isFinite(y)) {
      d += `${pen}${x.toFixed(1)},${y.toFixed(1)}`;
      pen = "L";
    } else pen = "M";
  }
  return d;
}

function axes({ x, y, titles }, { left, top, width, height, whole }) {
  const bottom = top + height;
  const group = svg("g", { class: "axes" });
  const edge = (label) => whole[0] - (label.length * WIDE) / 2; // no label runs out of the picture
  const across = x.ticks(Math.max(2, Math.floor(width / 70)));
  for (const { at, label } of apart(across, (t) => x.share(t.at) * width)) {
    const place = left + x.share(at) * width;
    group.append(
      svg("line", { class: "tick", x1: place, x2: place, y1: bottom, y2: bottom + 4 }),
      svg(
        "text",
        { x: Math.min(place, edge(label)), y: bottom + 16, "text-anchor": "middle" },
        label,
      ),
    );
  }
  for (const { at, label } of y.ticks(Math.max(2, Math.floor(height / 28)))) {
    const place = bottom - y.share(at) * height;
    group.append(
      svg("line", { class: "grid", x1: left, x2: left + width, y1: place, y2: place }),
      svg("text", { x: left - 6, y: place + 4, "text-anchor": "end" }, label),
    );
  }
  group.append(
    svg("path", { class: "axis", d: `M${left},${top}V${bottom}H${left + width}` }),
    svg(
      "text",
      { class: "title", x: left + width, y: whole[1] - 4, "text-anchor": "end" },
      titles.x,
    ),
    svg("text", { class: "title", x: left, y: top - 10, "text-anchor": "start" }, titles.y),
  );
  return group;
}

/** Ticks whose labels do not run into each other. */
function apart(ticks, place) {
  let edge = -Infinity;
  return ticks.filter((tick) => {
    const half = (tick.label.length * WIDE) / 2 + 4;
    const free = place(tick) - half > edge;
    if (free) edge = place(tick) + half;
    return free;
  });
}

function entry(label, style) {
  const sample = svg("svg", { class: "sample", viewBox: "0 0 34 8", width: 34, height: 8 });
  sample.append(svg("path", { class: `line line-${style % STYLES}`, d: "M1,4H33" }));
  return make("li", {}, sample, label);
}
