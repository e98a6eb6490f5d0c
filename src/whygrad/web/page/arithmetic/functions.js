/**
 * The functions of numbers that a formula may call, by their names in whygrad/numeric.py.
 *
 * They behave as NumPy's do: a mask is 1 or 0, and what is not a number stays so.
 */

import { erf } from "whygrad/arithmetic/erf.js";

/** NumPy's power: 1 to any power is 1, to NaN and ∞ too, which JavaScript's ** does not hold. */
function power(a, b) {
  if (b === 2) return a * a;
  if (a === 1 || (a === -1 && Math.abs(b) === Infinity)) return 1;
  return a ** b;
}

/**
 * Every function that works element by element.
 * @type {Object<string, function(...number): number>}
 */
export const ELEMENTWISE = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  neg: (a) => -a,
  power,
  exp: Math.exp,
  expm1: Math.expm1,
  log: Math.log,
  log1p: Math.log1p,
  sqrt: Math.sqrt,
  abs: Math.abs,
  sign: Math.sign,
  sin: Math.sin,
  cos: Math.cos,
  tanh: Math.tanh,
  erf,
  maximum: (a, b) => Math.max(a, b),
  minimum: (a, b) => Math.min(a, b),
  where: (condition, a, b) => (condition !== 0 ? a : b),
  equal: (a, b) => (a === b ? 1 : 0),
  less: (a, b) => (a < b ? 1 : 0),
  less_equal: (a, b) => (a <= b ? 1 : 0),
  greater: (a, b) => (a > b ? 1 : 0),
  greater_equal: (a, b) => (a >= b ? 1 : 0),
  both: (a, b) => (a !== 0 && b !== 0 ? 1 : 0),
  either: (a, b) => (a !== 0 || b !== 0 ? 1 : 0),
  ones_like: () => 1,
};
