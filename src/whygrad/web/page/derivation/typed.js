/**
 * Numbers as somebody types them: the value, how far its digits leave it open, slips of the pen.
 *
 * As whygrad.grading reads a sheet (numerals.py, pen.py): the printed digits are the rounding.
 */

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(?:e([+-]?\d+))?$/i;
const POWER = /(\d)\s*[*x]\s*10\s*(?:\^|\*\*)\s*[({]*\s*([+-]?\d+)\s*[)}]*/gi; // 3.5·10^-5
const RAISED = /10([⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)/g;
const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻";
const EXACT = 1e-9; // a whole number is meant exactly: so far, relatively, may it be off
const FEWEST = 4; // digits below which anything could be a slip of the pen
const MANY = 8; // digits from which on a lost digit is seen though the last one differs too

/**
 * @typedef {object} Typed
 * @property {string} text   its sign and digits
 * @property {number} value
 * @property {number} half   half a unit of its last digit, 0 where it is exact
 * @property {boolean} cut   written with dots behind it: the first digits, not rounded
 */

/**
 * The number of a text: 0.3775, 0,3775, −3.5e-5, 3.5·10⁻⁵, 0.15·0.05 = 0.0075 (the last counts).
 * @param {string} text
 * @returns {Typed|null} null where no number can be read
 */
export function typed(text) {
  let last = plain(text).split(/[=≈]/).at(-1).trim();
  const cut = last.endsWith("..");
  last = last.replace(/[.,;\s]+$/, (end) => (cut || end.trim() !== "." ? "" : "."));
  const digits = last.replace(/\s/g, "").replace(/^([+-]?\d*),(\d+)/, "$1.$2");
  const found = NUMBER.exec(digits);
  const value = Number(digits);
  if (!found || !Number.isFinite(value)) return null;
  const decimals = (found[1].split(".")[1] ?? "").length;
  const exact = !found[1].includes(".") && found[2] === undefined;
  const half = exact ? 0 : 0.5 * 10 ** (Number(found[2] ?? 0) - decimals);
  return { text: digits.replace(/^\+/, ""), value, half, cut };
}

/** A text in the signs of every keyboard: full-width signs, superscripts, − and · and …. */
function plain(text) {
  return text
    .replace(RAISED, (_, power) => "10^" + power.replace(/./g, lowered))
    .normalize("NFKC")
    .replace(/…|\.\.\.+/g, "..")
    .replace(/[−–]/g, "-")
    .replace(/[×·⋅]/g, "*")
    .replace(POWER, "$1e$2");
}

function lowered(sign) {
  return "0123456789+-"[SUPERSCRIPTS.indexOf(sign)];
}

/** How far from the number the true one may lie where these are its digits. */
export function room({ value, half }) {
  if (!half) return EXACT * Math.max(Math.abs(value), 1e-3);
  return half * (1 + 1e-9) + 4e-16 * Math.abs(value);
}

/** Whether a number is what was typed, within its digits and some spread. */
export function fits(number, value, spread = 0) {
  const off = Math.abs(number.value - value);
  return number.cut ? isCut(number, value) || off <= spread : off <= room(number) + spread;
}

/** Whether the digits are the first ones of a number, not rounded. */
export function isCut(number, value, spread = 0) {
  const off = Math.abs(value) - Math.abs(number.value);
  const unit = 2 * number.half;
  const same = value * number.value > 0 || (number.value === 0 && unit > 0);
  return same && -spread <= off && off < unit + spread;
}

/** Decimals of a number that is not exact. */
export function decimalsOf({ half }) {
  return half ? Math.round(-Math.log10(2 * half)) : 0;
}

/** The significant digits of a printed number. */
export function digitsOf(text) {
  return text.replace(/e.*$/i, "").replace(/\D/g, "").replace(/^0+/, "");
}

// ---- slips of the pen ---------------------------------------------------------------------------

/**
 * How digits differ from the right ones, as in the sentences marks.pen.…; "" where otherwise.
 * @param {Typed} number
 * @param {number} right
 * @returns {string}
 */
export function slipOfThePen(number, right) {
  if (!Number.isFinite(right) || right === 0 || number.value === 0) return "";
  if (Math.abs(number.value + right) <= room(number))
    return right < 0 ? "minus_lost" : "minus_added";
  if (!number.half || number.value * right < 0) return "";
  if (shifted(number, right)) return "shifted";
  const decimals = decimalsOf(number);
  const told = printed(number.value, decimals);
  const [same, longer, shorter] = [0, 1, -1].map((more) => printed(right, decimals + more));
  if (digitsOf(longer).length < FEWEST) return "";
  if (exchanges(same).has(told)) return "exchanged";
  // A decimal that is lost leaves one more unwritten; a digit before the point does not.
  const lost = new Set([...losses(longer), ...losses(same)]);
  if (lost.has(told)) return "lost";
  if (digitsOf(same).length < FEWEST) return "";
  if (doublings(same).has(told) || doublings(shorter).has(told)) return "doubled";
  if (told.length === same.length && differing(told, same) === 1) return "digit";
  const begins = [...lost].some((text) => text.slice(0, -1) === told.slice(0, -1));
  return digitsOf(told).length >= MANY && begins ? "lost_and_last" : "";
}

/** Whether the point stands elsewhere; zeros at the end only fill the decimals up. */
function shifted(number, right) {
  const zeros = number.text.includes(".") ? /0*$/.exec(number.text)[0].length : 0;
  return [1, 2, 3, -1, -2, -3].some((power) => {
    const open = room(number) * 10 ** (power + Math.max(0, Math.min(zeros, -power)));
    return Math.abs(number.value * 10 ** power - right) <= open;
  });
}

/** A number's digits with its point, to so many decimals. */
function printed(value, decimals) {
  return Math.abs(value) < 1e17
    ? Math.abs(value).toFixed(Math.min(100, Math.max(decimals, 0)))
    : "";
}

/** A number with two neighbouring digits exchanged, also across the point. */
function exchanges(text) {
  const point = text.indexOf(".");
  const digits = text.replace(".", "");
  const found = new Set();
  for (let k = 0; point > 0 && k < digits.length - 1; k++) {
    const turned = digits.slice(0, k) + digits[k + 1] + digits[k] + digits.slice(k + 2);
    if (turned !== digits) found.add(`${turned.slice(0, point)}.${turned.slice(point)}`);
  }
  return found;
}

/** A number with one of its digits left out, not the last. */
function losses(text) {
  const places = [...text.slice(0, -1)].map((_, k) => k).filter((k) => /\d/.test(text[k]));
  return places.map((k) => text.slice(0, k) + text.slice(k + 1));
}

/** A number with one of its digits written twice. */
function doublings(text) {
  const places = [...text].map((_, k) => k).filter((k) => /\d/.test(text[k]));
  return new Set(places.map((k) => text.slice(0, k + 1) + text.slice(k)));
}

function differing(a, b) {
  return [...a].filter((sign, k) => sign !== b[k]).length;
}
