/**
 * An array of a large network as the page has it: laid out in two dimensions, exact or in colours.
 *
 * The layout is that of web/matrices.py: a vector is one row, kernels are small multiples.
 */

import { bytes } from "whygrad/base64.js";

const STEPS = 126; // shades of a sign
export const INFINITE = 127; // the shade of an infinity
export const BLANK = -128; // a cell without a number
const CHUNK = 64; // exact cells are asked for in squares of so many

/** @typedef {"value"|"gradient"} Of */

/** One array by its node's id. */
export class Matrix {
  #shades = {};
  #chunks = new Map();

  /**
   * @param {string} id
   * @param {object} data of lesson.blocks.matrices
   * @param {((of: Of, rows: number[], columns: number[]) => Promise<object>)|null} fetch
   *   exact cells, where there is a server to ask
   */
  constructor(id, data, fetch) {
    this.id = id;
    this.fetch = fetch;
    Object.assign(this, data);
    this.down = Math.ceil(this.rows / this.tile[0]);
    this.across = Math.ceil(this.columns / this.tile[1]);
    this.exact = {};
    for (const of of ["value", "gradient"]) {
      if (data[of]?.exact) this.exact[of] = floats(data[of].exact);
    }
  }

  /** Whether there is anything to show: a position has no gradient. @param {Of} of */
  has(of) {
    return this[of] !== null;
  }

  /** Whether this many entries stand in one cell. */
  get pooled() {
    return this.tile[0] * this.tile[1] > 1;
  }

  /**
   * A byte a cell, and the largest finite size.
   * @param {Of} of
   * @returns {{cells: Int8Array, scale: number}}
   */
  shades(of) {
    this.#shades[of] ??= this.exact[of]
      ? shaded(this.exact[of])
      : { cells: new Int8Array(bytes(this[of].cells).buffer), scale: this[of].scale };
    return this.#shades[of];
  }

  /** The entry at a place, as positions of the array; null beside the last multiple. */
  index(row, column) {
    const [high, wide] = this.kernel;
    const across = this.grid[1];
    const multiple = Math.floor(row / high) * across + Math.floor(column / wide);
    const inner = [row % high, column % wide].slice(Math.max(0, 2 - this.shape.length));
    const outer = this.shape.slice(0, -2);
    if (multiple >= outer.reduce((a, b) => a * b, 1)) return null;
    return [...unravelled(multiple, outer), ...inner];
  }

  /** Where an entry stands in the picture; null for positions that the array has not. */
  place(index) {
    const inside = (i, k) => Number.isInteger(i) && i >= 0 && i < this.shape[k];
    if (index.length !== this.shape.length || !index.every(inside)) return null;
    const outer = index.slice(0, -2);
    const multiple = outer.reduce((sum, i, k) => sum * this.shape[k] + i, 0);
    const [row, column] = [0, 0, ...index].slice(-2);
    const [high, wide] = this.kernel;
    return {
      row: Math.floor(multiple / this.grid[1]) * high + row,
      column: (multiple % this.grid[1]) * wide + column,
    };
  }

  /** The entry's name as it is typed: W1[3,5]; the error of a sample is counted from 1. */
  name(index) {
    const positions = index.map((position) => position + this.base);
    return index.length ? `${this.id}[${positions.join(",")}]` : this.id;
  }

  /** The textbook's name of a weight: w2358; null where it has none of its own. */
  textbook(index) {
    if (this.counted === null) return null;
    return `w${this.counted + index.reduce((sum, i, k) => sum * this.shape[k] + i, 0)}`;
  }

  /** The exact number at a place, where it is here already. @param {Of} of */
  known(of, row, column) {
    if (this.exact[of]) return this.exact[of][row * this.columns + column];
    const chunk = this.#chunks.get(chunkKey(of, row, column));
    return chunk?.cells?.[(row - chunk.row) * chunk.wide + column - chunk.column];
  }

  /** Fetches what is around a place; true once it is known, false where nobody can be asked. */
  async learn(of, row, column) {
    if (this.known(of, row, column) !== undefined) return true;
    if (!this.fetch || !this.has(of)) return false;
    const key = chunkKey(of, row, column);
    if (!this.#chunks.has(key)) this.#chunks.set(key, this.#chunk(of, row, column));
    const chunk = this.#chunks.get(key);
    await chunk.arrives;
    return this.known(of, row, column) !== undefined;
  }

  #chunk(of, row, column) {
    const rows = spanOf(row, this.rows);
    const columns = spanOf(column, this.columns);
    const chunk = { row: rows[0], column: columns[0], wide: columns[1] - columns[0], cells: null };
    chunk.arrives = this.fetch(of, rows, columns).then(
      (answer) => (chunk.cells = floats(answer.exact)),
      () => this.#chunks.delete(chunkKey(of, row, column)), // so that it can be asked for again
    );
    return chunk;
  }

  /**
   * What a colour tells of the number at a place: the least and the largest that it may be.
   * @param {Of} of
   * @returns {{least: number, most: number}|null} null where there is no number
   */
  bounds(of, row, column) {
    const { cells, scale } = this.shades(of);
    const at = Math.floor(row / this.tile[0]) * this.across + Math.floor(column / this.tile[1]);
    const shade = cells[at];
    if (shade === BLANK) return null;
    if (Math.abs(shade) === INFINITE) return { least: shade * Infinity, most: shade * Infinity };
    const size = (steps) => Math.min(1, Math.max(0, steps / STEPS) ** 2) * scale;
    const [low, high] = [size(Math.abs(shade) - 0.5), size(Math.abs(shade) + 0.5)];
    if (shade === 0) return { least: -high, most: high };
    return shade > 0 ? { least: low, most: high } : { least: -high, most: -low };
  }
}

/** The colours of exact numbers, as web/matrices.py makes them. */
function shaded(numbers) {
  let scale = 0;
  for (const number of numbers) {
    const size = Math.abs(number);
    if (size > scale && size !== Infinity) scale = size;
  }
  const cells = Int8Array.from(numbers, (number) => {
    if (Number.isNaN(number)) return BLANK;
    if (Math.abs(number) === Infinity) return Math.sign(number) * INFINITE;
    const share = number === 0 ? 0 : Math.abs(number) / scale;
    return Math.sign(number) * Math.round(STEPS * Math.sqrt(share));
  });
  return { cells, scale };
}

function unravelled(flat, shape) {
  const index = [];
  for (const size of [...shape].reverse()) {
    index.unshift(flat % size);
    flat = Math.floor(flat / size);
  }
  return index;
}

function spanOf(position, length) {
  const start = position - (position % CHUNK);
  return [start, Math.min(length, start + CHUNK)];
}

function chunkKey(of, row, column) {
  return `${of} ${Math.floor(row / CHUNK)} ${Math.floor(column / CHUNK)}`;
}

/**
 * Numbers as Python packed them, little end first, whatever this machine's own order is.
 * @param {string} base64
 * @param {4|8} [wide] bytes of a number
 */
export function floats(base64, wide = 8) {
  const { buffer } = bytes(base64);
  const view = new DataView(buffer);
  const read = wide === 8 ? view.getFloat64 : view.getFloat32;
  const numbers = new Float64Array(buffer.byteLength / wide);
  for (let k = 0; k < numbers.length; k++) numbers[k] = read.call(view, wide * k, true);
  return numbers;
}
