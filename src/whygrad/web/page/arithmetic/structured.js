/**
 * The functions of formulas that are not element by element: along axes, of shapes, of positions,
 * and products, by their names in whygrad/numeric.py.
 *
 * Each is (operands, attributes) → {shape, step}, where step(out) gives the function that fills the
 * numbers `out` anew; or {shape, data} where the result's numbers are an operand's own.
 */

import { broadcastShape, repeated, shapeText, sizeOf, stridesOf, walk } from "whygrad/arithmetic/arrays.js";

/** @type {Object<string, function(import("whygrad/arithmetic/arrays.js").Numbers[], object): object>} */
export const STRUCTURED = {
  sum: ([x], given) => reduction(x, given, summed),
  mean: ([x], given) =>
    reduction(x, given, (numbers, into) => (out) => {
      const sum = summed(numbers, into)(out);
      const count = numbers.length / out.length;
      return () => {
        sum();
        for (let k = 0; k < out.length; k++) out[k] /= count;
      };
    }),
  max: ([x], given) =>
    reduction(x, given, (numbers, into) => (out) => () => {
      out.fill(-Infinity);
      for (let k = 0; k < into.length; k++) out[into[k]] = Math.max(out[into[k]], numbers[k]);
    }),
  cumsum: ([x], { axis }) => {
    const along = axis < 0 ? axis + x.shape.length : axis;
    const back = stridesOf(x.shape)[along];
    const first = walk(x.shape, x.shape.map((_, a) => (a === along ? 1 : 0)));
    return {
      shape: x.shape,
      step: (out) => () => {
        for (let k = 0; k < out.length; k++) out[k] = x.data[k] + (first[k] ? out[k - back] : 0);
      },
    };
  },

  reshape: ([x], { shape }) => {
    const rest = shape.reduce((size, n) => (n === -1 ? size : size * n), 1);
    const wanted = shape.map((n) => (n === -1 ? x.data.length / rest : n));
    if (sizeOf(wanted) !== x.data.length || !wanted.every(Number.isInteger)) {
      throw new Error(`${shapeText(x.shape)} cannot be reshaped to ${shapeText(shape)}.`);
    }
    return { shape: wanted, data: x.data };
  },
  transpose: ([x], { axes }) => {
    const order = axes.map((axis) => (axis < 0 ? axis + x.shape.length : axis));
    const strides = stridesOf(x.shape);
    const shape = order.map((axis) => x.shape[axis]);
    return taken(x, shape, walk(shape, order.map((axis) => strides[axis])));
  },
  mT: ([x]) => {
    const last = x.shape.length - 1;
    const axes = [...x.shape.keys()].slice(0, -2).concat(last, last - 1);
    return STRUCTURED.transpose([x], { axes });
  },
  broadcast_to: ([x], { shape }) => {
    if (String(broadcastShape([x.shape, shape])) !== String(shape)) {
      throw new Error(`${shapeText(x.shape)} cannot be broadcast to ${shapeText(shape)}.`);
    }
    if (sizeOf(shape) === x.data.length) return { shape, data: x.data };
    return taken(x, shape, repeated(x.shape, shape));
  },
  concatenate: (parts, { axis }) => {
    const along = axis < 0 ? axis + parts[0].shape.length : axis;
    const shape = [...parts[0].shape];
    shape[along] = parts.reduce((length, part) => length + part.shape[along], 0);
    const strides = stridesOf(shape);
    let start = 0;
    const places = parts.map((part) => {
      const found = walk(part.shape, strides, start * strides[along]);
      start += part.shape[along];
      return found;
    });
    return {
      shape,
      step: (out) => () => parts.forEach((part, k) => put(part.data, places[k], out)),
    };
  },
  select: ([x], { key }) => {
    const { shape, strides, start } = cut(x.shape, key);
    return taken(x, shape, walk(shape, strides, start));
  },
  place: ([x], { key, shape }) => {
    const part = cut(shape, key);
    const places = walk(part.shape, part.strides, part.start);
    return { shape, step: (out) => () => put(x.data, places, out.fill(0)) };
  },

  index: ([x, ids]) => {
    const [size, ...rest] = x.shape;
    const row = sizeOf(rest);
    return {
      shape: [...ids.shape, ...rest],
      step: (out) => () => {
        for (let k = 0; k < ids.data.length; k++) {
          const from = position(ids.data[k], size) * row;
          for (let j = 0; j < row; j++) out[k * row + j] = x.data[from + j];
        }
      },
    };
  },
  scatter_add: ([x, ids], { size }) => {
    const rest = x.shape.slice(ids.shape.length);
    const row = sizeOf(rest);
    return {
      shape: [size, ...rest],
      step: (out) => () => {
        out.fill(0);
        for (let k = 0; k < ids.data.length; k++) {
          const to = position(ids.data[k], size) * row;
          for (let j = 0; j < row; j++) out[to + j] += x.data[k * row + j];
        }
      },
    };
  },
  one_hot: ([ids], { size }) => ({
    shape: [...ids.shape, size],
    step: (out) => () => {
      out.fill(0);
      for (let k = 0; k < ids.data.length; k++) out[k * size + position(ids.data[k], size)] = 1;
    },
  }),

  matmul: ([a, b]) => product(a, b, false),
  rows_by: ([W, x]) => product(x, W, true),
};

/** A fold along axes. fold(numbers, into): the step, where number k goes into result into[k]. */
function reduction(x, { axis = null, keepdims = false }, fold) {
  const all = [...x.shape.keys()];
  const named = axis === null ? all : [axis].flat();
  const axes = new Set(named.map((a) => (a < 0 ? a + x.shape.length : a)));
  const kept = x.shape.map((n, a) => (axes.has(a) ? 1 : n));
  const strides = stridesOf(kept).map((step, a) => (axes.has(a) ? 0 : step));
  return {
    shape: keepdims ? kept : kept.filter((_, a) => !axes.has(a)),
    step: fold(x.data, walk(x.shape, strides)),
  };
}

function summed(numbers, into) {
  return (out) => () => {
    out.fill(0);
    for (let k = 0; k < into.length; k++) out[into[k]] += numbers[k];
  };
}

/** A result that holds an operand's numbers in another order. */
function taken(x, shape, places) {
  const { data } = x;
  return {
    shape,
    step: (out) => () => {
      for (let k = 0; k < out.length; k++) out[k] = data[places[k]];
    },
  };
}

function put(numbers, places, out) {
  for (let k = 0; k < places.length; k++) out[places[k]] = numbers[k];
}

/** A part of an array: per axis one position, or [start, step, count]. */
function cut(whole, key) {
  const steps = stridesOf(whole);
  const part = { shape: [], strides: [], start: 0 };
  key.forEach((at, axis) => {
    const [start, step, count] = [at].flat();
    part.start += start * steps[axis];
    if (count === undefined) return;
    part.shape.push(count);
    part.strides.push(step * steps[axis]);
  });
  return part;
}

/** A whole number as a position; one outside is refused, as numeric.positions does. */
function position(id, size) {
  if (!(Number.isInteger(id) && id >= 0 && id < size)) {
    throw new RangeError(`Position ${id} was looked up among ${size}: 0 to ${size - 1} are there.`);
  }
  return id;
}

/** a · b, or a · bᵀ, with leading batch axes. */
function product(a, b, turned) {
  if (a.shape.length < 2 || b.shape.length < 2) {
    throw new Error("A matrix product was asked of an array that is no matrix.");
  }
  const [n, inner] = a.shape.slice(-2);
  const [rows, columns] = b.shape.slice(-2);
  const [length, m] = turned ? [columns, rows] : [rows, columns];
  if (inner !== length) {
    throw new Error(`${shapeText(a.shape)} and ${shapeText(b.shape)} cannot be multiplied.`);
  }
  const leads = [a, b].map((x) => x.shape.slice(0, -2));
  const lead = broadcastShape(leads);
  const [firsts, seconds] = leads.map((one) => repeated(one, lead));
  const [along, across] = turned ? [1, inner] : [m, 1];
  const [first, second] = [a.data, b.data];
  const multiply = (out, from, left, right) => {
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < m; j++) {
        const row = left + i * inner;
        let sum = 0;
        for (let k = 0, at = right + j * across; k < inner; k++, at += along) {
          sum += first[row + k] * second[at];
        }
        out[from + i * m + j] = sum;
      }
    }
  };
  return {
    shape: [...lead, n, m],
    step: (out) => () => {
      for (let q = 0; q < firsts.length; q++) {
        multiply(out, q * n * m, firsts[q] * n * inner, seconds[q] * inner * m);
      }
    },
  };
}
