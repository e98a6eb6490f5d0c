/**
 * Arrays of numbers as the page has them: their numbers row after row, and a shape.
 *
 * @typedef {{data: Float64Array, shape: number[]}} Numbers
 */

/**
 * How many numbers an array of that shape has.
 * @param {number[]} shape
 * @returns {number}
 */
export function sizeOf(shape) {
  return shape.reduce((size, n) => size * n, 1);
}

/**
 * An array of zeros.
 * @param {number[]} shape
 * @returns {Numbers}
 */
export function zeros(shape) {
  return { data: new Float64Array(sizeOf(shape)), shape };
}

/** How far apart in `data` neighbours along each axis lie. */
export function stridesOf(shape) {
  const strides = new Array(shape.length);
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = step;
    step *= shape[axis];
  }
  return strides;
}

/**
 * The shape of an element-wise result: axes are equal, or 1, counted from the right.
 * @param {number[][]} shapes
 * @returns {number[]}
 */
export function broadcastShape(shapes) {
  const length = Math.max(0, ...shapes.map((shape) => shape.length));
  return Array.from({ length }, (_, k) => {
    const lengths = shapes.map((shape) => shape[shape.length - length + k] ?? 1);
    const longest = lengths.find((n) => n !== 1) ?? 1;
    if (lengths.some((n) => n !== 1 && n !== longest)) {
      throw new Error(`Arrays of shapes ${shapes.map(shapeText).join(" and ")} do not fit.`);
    }
    return longest;
  });
}

/**
 * Where the numbers of an array lie that is walked row after row with steps of one's own.
 * @param {number[]} shape of what is walked
 * @param {number[]} strides for each of its axes; 0 along an axis that repeats
 * @param {number} start
 * @returns {Int32Array}
 */
export function walk(shape, strides, start = 0) {
  const found = new Int32Array(sizeOf(shape));
  const at = new Array(shape.length).fill(0);
  let place = start;
  for (let k = 0; k < found.length; k++) {
    found[k] = place;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      place += strides[axis];
      if (++at[axis] < shape[axis]) break;
      place -= strides[axis] * shape[axis];
      at[axis] = 0;
    }
  }
  return found;
}

/** Where the number of an operand lies for each number of a result that broadcasting made. */
export function repeated(shape, result) {
  const strides = stridesOf(shape).map((step, axis) => (shape[axis] === 1 ? 0 : step));
  return walk(result, [...new Array(result.length - shape.length).fill(0), ...strides]);
}

/** A shape in words: 2 × 3. */
export function shapeText(shape) {
  return shape.length ? shape.join(" × ") : "a number";
}
