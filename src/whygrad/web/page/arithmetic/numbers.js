/**
 * Numbers as they are printed: what whygrad/render/numbers.py does, whose law stands there.
 *
 * JavaScript rounds the exact value of a number, as Python does; only a tie it rounds up, where the
 * law is half-to-even. So a tie is looked for where the last digit came out odd.
 */

const FEWEST = 4; // significant digits, unless fewer were asked for
const MOST = 17; // a float64 has no more
const SMALL = 1e-4; // from here on down a short number is printed as 5e-05 rather than 0.00005
const ULPS = 4; // a value this close to a short decimal is that decimal: 0.1 + 0.2 is 0.3
const LONGEST = 100; // the most digits behind the point that toExponential gives
const GROUPED = new Intl.NumberFormat("en", { maximumFractionDigits: 12 });

/**
 * A printed number in its parts: digits with their point, power of ten where needed, sign.
 * @typedef {{digits: string, exponent: number|null, negative: boolean}} Numeral
 */

/** @typedef {{digits: string, exponent: number}} Decimal all digits of d.ddd · 10^exponent */

/**
 * A number as it is printed: −0.4, 3.21e-11.
 * @param {number} number
 * @param {number} digits 1 to 17
 * @returns {string}
 */
export function print(number, digits = 9) {
  return text(numeral(number, digits), "−", "∞");
}

/** A count with its thousands set apart: 12,000 @param {number} number @returns {string} */
export function grouped(number) {
  return GROUPED.format(number);
}

/**
 * The number that a reader reads where `number` was printed.
 * @param {number} number
 * @param {number} digits 1 to 17
 * @returns {number}
 */
export function printed(number, digits = 9) {
  return Number(text(numeral(number, digits), "-", "Infinity"));
}

/**
 * The parts of a number as it is printed.
 * @param {number} number
 * @param {number} digits 1 to 17
 * @returns {Numeral}
 */
export function numeral(number, digits = 9) {
  if (!(Number.isInteger(digits) && digits >= 1 && digits <= MOST)) {
    throw new RangeError(`Numbers with ${digits} digits were asked for: 1 to ${MOST} there are.`);
  }
  const negative = number < 0;
  const size = Math.abs(number);
  if (!(size > 0 && size < Infinity)) {
    return { digits: size === 0 ? "0" : size ? "∞" : "NaN", exponent: null, negative };
  }
  const exponent = exponentOf(size);
  if (size >= SMALL && size < 1) {
    const short = toDecimals(size, exponent, digits);
    if (is(size, short)) return parts(shortest(short), negative); // 0.05 with four digits is 0.05
  }
  const rounded = toTheLaw(size, exponent, digits);
  const plain = isPlain(rounded.exponent, digits);
  const kept = is(size, valueOf(rounded)) ? trimmed(rounded) : rounded;
  return parts(kept, negative, plain);
}

function text({ digits, exponent, negative }, minus, infinity) {
  const power = exponent === null ? "" : `e${exponent < 0 ? "-" : "+"}${twoDigits(exponent)}`;
  return (negative ? minus : "") + (digits === "∞" ? infinity : digits) + power;
}

function twoDigits(exponent) {
  return String(Math.abs(exponent)).padStart(2, "0");
}

/** Whether a number of that power of ten is printed without one. */
function isPlain(exponent, digits) {
  return Math.min(FEWEST, digits) - 1 - digits <= exponent && exponent < digits;
}

/** The value to its last printed digit, with its zeros. */
function toTheLaw(size, exponent, digits) {
  const decimals = (e) => (isPlain(e, digits) && e <= 0 ? digits : digits - 1 - e);
  const once = rounded(size, exponent, exponent + decimals(exponent));
  const { exponent: found } = once;
  if (found === exponent) return once;
  // 9.9999999999 becomes 10.000000000, which has another number of decimals.
  return { digits: "1".padEnd(found + decimals(found) + 1, "0"), exponent: found };
}

/** The nearest number with so many decimals, as Python's round gives it. */
function toDecimals(size, exponent, decimals) {
  const behind = exponent + decimals;
  return behind < 0 ? Number(size.toFixed(decimals)) : valueOf(rounded(size, exponent, behind));
}

/**
 * The nearest number with so many digits behind the first; of two equally near ones the even one.
 * @returns {Decimal}
 */
function rounded(size, exponent, behind) {
  const { digits, exponent: found } = decimalOf(size.toExponential(behind));
  if (found > exponent) return { digits: digits + "0", exponent: found }; // 9.99 → 10.00
  const last = Number(digits.at(-1));
  if (last % 2 === 0 || !isTie(size, behind)) return { digits, exponent };
  return { digits: digits.slice(0, -1) + (last - 1), exponent };
}

/** Whether the value lies exactly between two numbers with so many digits behind the first. */
function isTie(size, behind) {
  const longer = size.toExponential(behind + 1);
  if (!/5e/.test(longer) || Number(longer) !== size) return false;
  return /^0*$/.test(decimalOf(size.toExponential(LONGEST)).digits.slice(behind + 2));
}

/** The power of ten of the first digit of the exact value. */
function exponentOf(size) {
  const { digits, exponent } = shortest(size);
  if (digits !== "1") return exponent;
  return decimalOf(size.toExponential(LONGEST)).exponent; // 1e23 is a float a little below 10²³
}

/** The digits that read back as the very same float. */
function shortest(size) {
  return decimalOf(size.toExponential());
}

/** @returns {Decimal} */
function decimalOf(exponential) {
  const at = exponential.indexOf("e");
  const digits = exponential[0] + exponential.slice(2, at);
  return { digits, exponent: Number(exponential.slice(at + 1)) };
}

function valueOf({ digits, exponent }) {
  return Number(`${digits[0]}.${digits.slice(1)}e${exponent}`);
}

/** Without the zeros at the end. */
function trimmed({ digits, exponent }) {
  return { digits: digits.replace(/0+$/, ""), exponent };
}

/** Whether a float is that decimal, up to its last bits. */
function is(size, short) {
  return Math.abs(size - short) <= ULPS * ulp(size);
}

const bits = new BigUint64Array(1);
const float = new Float64Array(bits.buffer);

/** The distance from a positive number to the next one. */
function ulp(size) {
  float[0] = size;
  return 2 ** (Math.max(Number(bits[0] >> 52n), 1) - 1075);
}

/** @returns {Numeral} */
function parts({ digits, exponent }, negative, plain = exponent >= -4 && exponent < 16) {
  if (!plain) {
    const rest = digits.slice(1);
    return { digits: digits[0] + (rest && `.${rest}`), exponent, negative };
  }
  if (exponent < 0) {
    return { digits: `0.${"0".repeat(-exponent - 1)}${digits}`, exponent: null, negative };
  }
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, "0");
  const rest = digits.slice(exponent + 1);
  return { digits: whole + (rest && `.${rest}`), exponent: null, negative };
}
