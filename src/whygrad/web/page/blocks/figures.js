/** Numbers that JSON has not, and bounds that stay bounds when they are rounded. */

/** A number of the lesson: NaN and the infinities, which JSON has not, come by name. */
export function plain(number) {
  if (number === null || typeof number === "number") return number;
  return { nan: NaN, inf: Infinity, "-inf": -Infinity }[number.n];
}

/**
 * The middle of what a number may be, with the digits that are known: one or two.
 * @param {{least: number, most: number}} bounds
 * @returns {string}
 */
export function about({ least, most }) {
  const middle = (least + most) / 2;
  if (middle === 0) return "0";
  const digits = Math.ceil(-Math.log10((most - least) / Math.abs(middle)));
  return plainly(Number(middle.toPrecision(Math.min(2, Math.max(1, digits)))));
}

/**
 * A bound with three digits that still is one: rounded up (1) or down (−1).
 * @param {number} number
 * @param {1|-1} way
 * @returns {string}
 */
export function outward(number, way) {
  if (number === 0 || !Number.isFinite(number)) return "0";
  const unit = 10 ** (Math.floor(Math.log10(Math.abs(number))) - 2);
  const steps = (way > 0 ? Math.ceil : Math.floor)(number / unit);
  return plainly(Number((steps * unit).toPrecision(3)));
}

/** The fewest digits of a number, with a minus that is one. */
function plainly(number) {
  return String(number).replaceAll("-", "−");
}
