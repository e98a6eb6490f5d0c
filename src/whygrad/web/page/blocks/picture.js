/** The part of a matrix that is seen, painted: colours, lines between cells, numbers. */

import { BLANK } from "whygrad/blocks/matrix.js";

const RULED = 12; // device pixels from which on cells have lines between them
const APART = 6; // and kernels
const FONT = 12; // CSS pixels

/**
 * @param {HTMLCanvasElement} canvas
 * @param {import("whygrad/blocks/matrix.js").Matrix} matrix
 * @param {"value"|"gradient"} of
 * @param {{row: number, column: number, rows: number, columns: number}} seen
 * @param {object} style
 * @param {import("whygrad/blocks/palette.js").Palette} style.palette
 * @param {number} style.fine device pixels a CSS pixel
 * @param {((row: number, column: number) => string)|null} style.print what stands in a cell, where
 *   there is room for it
 * @returns {[number, number]} how many cells stand in a point: more than one where there is no room
 */
export function paint(canvas, matrix, of, seen, style) {
  const context = canvas.getContext("2d");
  const { image, gathered } = points(canvas, matrix, of, seen, style.palette);
  const small = new OffscreenCanvas(image.width, image.height);
  small.getContext("2d").putImageData(image, 0, 0);
  context.imageSmoothingEnabled = false;
  context.clearRect(0, 0, canvas.width, canvas.height);
  context.drawImage(small, 0, 0, canvas.width, canvas.height);
  rule(context, matrix, seen, style.palette);
  if (style.print) write(context, matrix, of, seen, style);
  return gathered;
}

/** A point a cell; where cells are smaller than the screen's points, the largest of several. */
function points(canvas, matrix, of, seen, palette) {
  const { tile, across } = matrix;
  const { cells } = matrix.shades(of);
  const wide = Math.min(seen.columns, canvas.width);
  const high = Math.min(seen.rows, canvas.height);
  const columns = edges(seen.column, seen.columns, wide, tile[1]);
  const rows = edges(seen.row, seen.rows, high, tile[0]);
  const image = new ImageData(wide, high);
  const colours = new Uint32Array(image.data.buffer);
  for (let y = 0, at = 0; y < high; y++) {
    for (let x = 0; x < wide; x++, at++) {
      let largest = BLANK;
      for (let r = rows.from[y]; r < rows.to[y]; r++) {
        for (let c = columns.from[x]; c < columns.to[x]; c++) {
          const shade = cells[r * across + c];
          if (shade === BLANK) continue;
          if (largest === BLANK || Math.abs(shade) > Math.abs(largest)) largest = shade;
        }
      }
      colours[at] = palette.points[largest + 128];
    }
  }
  return { image, gathered: [Math.ceil(seen.rows / high), Math.ceil(seen.columns / wide)] };
}

/** Which cells, in tiles, stand under each of `count` points of a part of the picture. */
function edges(start, length, count, tile) {
  const from = new Int32Array(count);
  const to = new Int32Array(count);
  for (let k = 0; k < count; k++) {
    const first = start + Math.floor((k * length) / count);
    const last = start + Math.floor(((k + 1) * length) / count);
    from[k] = Math.floor(first / tile);
    to[k] = Math.ceil(Math.max(last, first + 1) / tile);
  }
  return { from, to };
}

/** Lines between kernels, and between cells that are large enough. */
function rule(context, { kernel, grid }, seen, palette) {
  const { width, height } = context.canvas;
  const [stepX, stepY] = [width / seen.columns, height / seen.rows];
  const several = grid[0] * grid[1] > 1;
  const near = stepX > RULED && stepY > RULED;
  context.strokeStyle = palette.css["--paper"];
  const across = { start: seen.column, count: seen.columns, step: stepX, size: kernel[1] };
  const down = { start: seen.row, count: seen.rows, step: stepY, size: kernel[0] };
  for (const axis of [across, down]) {
    const apart = several && axis.step * axis.size >= APART;
    for (let k = 1; k < axis.count; k++) {
      const border = apart && (axis.start + k) % axis.size === 0;
      if (!border && !near) continue;
      context.lineWidth = border ? Math.max(2, Math.min(6, axis.step / 3)) : 1;
      context.beginPath();
      if (axis === across) context.rect(k * stepX, 0, 0, height);
      else context.rect(0, k * stepY, width, 0);
      context.stroke();
    }
  }
}

/** Numbers in their cells. */
function write(context, matrix, of, seen, { palette, fine, print }) {
  const { cells } = matrix.shades(of);
  const { tile, across } = matrix;
  const { width, height } = context.canvas;
  const [stepX, stepY] = [width / seen.columns, height / seen.rows];
  context.font = `${FONT * fine}px ${palette.css["--sans"]}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (let row = seen.row; row < seen.row + seen.rows; row++) {
    for (let column = seen.column; column < seen.column + seen.columns; column++) {
      const shade = cells[Math.floor(row / tile[0]) * across + Math.floor(column / tile[1])];
      context.fillStyle = palette.ink(shade);
      const [x, y] = [column - seen.column + 0.5, row - seen.row + 0.5];
      context.fillText(print(row, column), x * stepX, y * stepY, stepX - 6 * fine);
    }
  }
}
