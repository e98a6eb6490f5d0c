/** Numbers that JSON has not, and bounds that stay bounds when they are rounded. */

/** A number of the lesson: NaN and the infinities, which JSON has not, come by name. */
export function plain(number) {
  if (number === null || typeof number === "number") return number;
  return { nan: NaN, inf: Infinity, "-inf": -Infinity }[number.n];
}

/**
 * The middle of what a number may be, with as few digits as leave it there.
 * @param {{least: number, most: number}} bounds
 * @returns {string}
 */
export function about({ least, most }) {
  if (least === most) return plainly(least);
  const middle = (least + most) / 2;
  if (middle === 0) return "0";
  const digits = [1, 2, 3, 4].find((count) => {
    const rounded = Number(middle.toPrecision(count));
    return rounded >= least && rounded <= most;
  });
  return plainly(Number(middle.toPrecision(digits ?? 4)));
}

/**
 * A bound with three digits that still is one: rounded up (1) or down (−1).
 * @param {number} number
 * @param {1|-1} way
 * @returns {string}
 */
export function outward(number, way) {
  if (number === 0 || !Number.isFinite(number)) return plainly(number);
  const unit = 10 ** (Math.floor(Math.log10(Math.abs(number))) - 2);
  if (unit === 0) return plainly(number); // nothing is smaller than its last digit
  const steps = (way > 0 ? Math.ceil : Math.floor)(number / unit);
  return plainly(Number((steps * unit).toPrecision(3)));
}

/** The fewest digits of a number, with a minus that is one. */
function plainly(number) {
  if (Math.abs(number) === Infinity) return number < 0 ? "−∞" : "∞";
  return String(number).replaceAll("-", "−");
}
