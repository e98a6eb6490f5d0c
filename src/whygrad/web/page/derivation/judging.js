/**
 * Judging numbers that a reader fills in, as whygrad grade judges a sheet (grading/judging.py).
 *
 * A number is right; right but rounded early, or cut off; what follows from an earlier mistake; or
 * wrong, with the slip that gives its digits. Slips are tried in numbers, in the line itself and in
 * those before it that were not filled in.
 */

import { scalar } from "whygrad/arithmetic/formula.js";
import { decimalsOf, digitsOf, fits, isCut, slipOfThePen } from "whygrad/derivation/typed.js";

const NEAR = 3; // half units that rounding excuses where a slip in the own line fits too
const FAR = 8; // … where one in a line fits that was not filled in
const FEW_CUT = 2; // numbers that must be cut off before somebody is said to cut
const GOOD = new Set(["right", "rounding", "cut", "told"]);

/**
 * @typedef {object} Verdict
 * @property {"right"|"rounding"|"cut"|"follows"|"wrong"|"pen"|"told"|"unchecked"} verdict
 * @property {string[]} sources  names of the mistakes that it follows from
 * @property {{en: string, zh: string}|null} why  the likeliest slip
 * @property {string|null} at    the line that the slip was made in, where it is not its own
 * @property {number} [value]    what the slip made of that line
 * @property {string} pen        which slip of the pen
 */

/** The numbers that were filled in under one set of the network's numbers. */
export class Sheet {
  entries = new Map(); // key → Typed; {told: true}: shown on request
  #seen = new Set();
  #lines = new Map(); // key → {formula, slips, reads}, of every line that was shown

  /** @param {(key: string) => number|undefined} right a number without any mistake */
  constructor(right) {
    this.right = right;
  }

  /** A line that was shown; its general form, which comes behind it, adds its own mistakes. */
  learn(line) {
    const { of: key, formula, slips } = line;
    if (formula === null || this.#seen.has(line)) return;
    this.#seen.add(line);
    const known = this.#lines.get(key);
    if (known) known.slips.push(...slips);
    else
      this.#lines.set(key, {
        formula,
        slips: [...slips],
        reads: [...new Set(quantities(formula))],
      });
  }

  line(key) {
    return this.#lines.get(key);
  }

  /** The names that a line reads. */
  before(key) {
    return this.#lines.get(key)?.reads ?? [];
  }

  /** Every verdict, by name, each number judged after those that it rests on. */
  verdicts() {
    const judge = new Judge(this);
    for (const key of this.#ordered()) judge.enter(key, this.entries.get(key));
    return judge.verdicts;
  }

  #ordered() {
    const [seen, order] = [new Set(), []];
    const visit = (key) => {
      if (seen.has(key)) return;
      seen.add(key);
      this.before(key).forEach(visit);
      order.push(key); // behind those that it reads
    };
    [...this.entries.keys()].forEach(visit);
    return order.filter((key) => this.entries.has(key));
  }
}

function* quantities(formula) {
  if (Array.isArray(formula)) for (const part of formula.slice(1)) yield* quantities(part);
  else if (formula && typeof formula === "object" && "q" in formula) yield formula.q;
}

/** Numbers worked out from some that are given, by the lines between them. */
class Reckoning {
  #known = new Map();

  /**
   * @param {Sheet} sheet
   * @param {Map<string, number>} given
   * @param {(value: number) => number} [rounded] what becomes of a number between
   */
  constructor(sheet, given, rounded = (value) => value) {
    Object.assign(this, { sheet, given, rounded });
  }

  value(key) {
    if (this.given.has(key)) return this.given.get(key);
    if (!this.#known.has(key)) {
      const line = this.sheet.before(key).length > 0;
      this.#known.set(key, line ? this.rounded(this.anew(key)) : this.sheet.right(key));
    }
    return this.#known.get(key);
  }

  /** A number by its own line, whatever was given for it. */
  anew(key) {
    const line = this.sheet.line(key);
    return line ? this.of(line.formula) : this.sheet.right(key);
  }

  of(formula) {
    return scalar(formula, (key) => this.value(key) ?? NaN);
  }
}

/** What lies behind a number: the given ones that it rests on, the lines between them. */
function behind(sheet, key, given) {
  const [written, hidden] = [[], []];
  const waiting = [...sheet.before(key)];
  const seen = new Set([key]);
  for (const at of waiting) {
    if (seen.has(at)) continue;
    seen.add(at);
    if (given.has(at)) written.push(at);
    else if (sheet.before(at).length) {
      hidden.push(at);
      waiting.push(...sheet.before(at));
    }
  }
  return { written, hidden };
}

/** How far a number moves where others move within their rooms, one after the other. */
function moved(given, rooms, evaluate) {
  const here = evaluate(given);
  let total = 0;
  for (const [key, { value, room }] of rooms) {
    if (!room) continue;
    const ways = [room, -room].map((step) => evaluate(new Map(given).set(key, value + step)));
    const offs = ways.filter(Number.isFinite).map((v) => Math.abs(v - here));
    total += Math.max(0, ...offs);
  }
  return total;
}

class Judge {
  verdicts = new Map();
  #own = new Map(); // what was filled in and is accepted
  #all = new Map(); // the same with every mistake in it
  #rooms = new Map();
  #blame = new Map(); // name → names of the mistakes behind it
  #pens = new Set();

  constructor(sheet) {
    this.sheet = sheet;
    this.habit = habitOf(sheet);
  }

  enter(key, entry) {
    const right = this.sheet.right(key);
    const verdict = entry.told ? plainly("told") : this.#verdict(key, entry, right);
    this.verdicts.set(key, verdict);
    const value = entry.told ? right : entry.value;
    this.#all.set(key, value);
    this.#rooms.set(key, entry.told ? 0 : entry.half * (verdict.verdict === "cut" ? 2 : 1));
    if (GOOD.has(verdict.verdict)) this.#own.set(key, value);
    else if (verdict.verdict === "follows") this.#blame.set(key, verdict.sources);
    else {
      this.#blame.set(key, [key]);
      if (verdict.verdict === "pen") this.#pens.add(key);
      if (verdict.at) {
        this.#all.set(verdict.at, verdict.value); // made in a line that was not filled in
        this.#blame.set(verdict.at, [key]);
      }
    }
  }

  #verdict(key, entry, right) {
    if (!Number.isFinite(right)) return plainly("unchecked");
    if (fits(entry, right)) return plainly("right");
    const { habit } = this;
    const own = this.#reckoned(key, this.#own);
    const spread = this.#spread(key, this.#own);
    if (fits(entry, own, spread)) return plainly("rounding");
    if (isCut(entry, right) || isCut(entry, own, spread * habit.cuts)) return plainly("cut");
    if (this.#fromRounded(key, entry)) return plainly("rounding");
    const sources = this.#following(key, entry);
    if (sources) return { ...plainly("follows"), sources };
    const found = this.#slip(key, entry);
    const excused = found ? (1 + habit.cuts) * entry.half * (found.at ? FAR : NEAR) : Infinity;
    const off = Math.abs(entry.value - own);
    if (fits(entry, own, this.#loose(key, entry, spread)) && off <= excused)
      return plainly("rounding");
    if (found) return { ...plainly("wrong"), ...found };
    const every = this.#reckoned(key, this.#all);
    const pen = [right, own, every].map((v) => slipOfThePen(entry, v)).find(Boolean);
    return pen ? { ...plainly("pen"), pen } : plainly("wrong");
  }

  #reckoned(key, given) {
    return new Reckoning(this.sheet, given).anew(key);
  }

  /** How far the rounding of the numbers before it can move a number. */
  #spread(key, given, evaluate = (changed) => this.#reckoned(key, changed)) {
    const { written } = behind(this.sheet, key, given);
    return moved(given, this.#roomsOf(written, given), evaluate);
  }

  #roomsOf(keys, given) {
    const room = (at) => ({ value: given.get(at), room: this.#rooms.get(at) ?? 0 });
    return keys.filter((at) => given.has(at)).map((at) => [at, room(at)]);
  }

  /** Whether it comes out where the lines between are rounded as the reader rounds. */
  #fromRounded(key, entry) {
    if (!behind(this.sheet, key, this.#own).hidden.length) return false;
    const rounded = (value) => this.habit.rounded(value);
    return fits(entry, new Reckoning(this.sheet, this.#own, rounded).anew(key));
  }

  /** How far a number may be off by rounding in lines that were not filled in. */
  #loose(key, entry, spread) {
    const { hidden } = behind(this.sheet, key, this.#own);
    const reckoning = new Reckoning(this.sheet, this.#own);
    const rooms = hidden.map((at) => {
      const value = reckoning.value(at);
      return [at, { value, room: this.habit.unit(value) / 2 }];
    });
    const by = moved(this.#own, rooms, (changed) => this.#reckoned(key, changed));
    return by ? 2 * (by + spread) + entry.half : spread;
  }

  /** The mistakes that lie behind a number. */
  #sources(key) {
    const { written } = behind(this.sheet, key, this.#all);
    return [...new Set(written.flatMap((at) => this.#blame.get(at) ?? []))];
  }

  /** The mistakes that it follows from, where it does; else null. */
  #following(key, entry) {
    const sources = this.#sources(key);
    if (!sources.length) return null;
    const without = new Map([...this.#all].filter(([at]) => !this.#pens.has(at)));
    for (const given of this.#pens.size ? [this.#all, without] : [this.#all]) {
      const value = this.#reckoned(key, given);
      const spread = this.#spread(key, given);
      if (fits(entry, value, spread) || isCut(entry, value, spread * this.habit.cuts))
        return sources;
    }
    return null;
  }

  /** The likeliest slip that gives the digits: in its own line, else in one not filled in. */
  #slip(key, entry) {
    const pens = this.#sources(key).some((at) => this.#pens.has(at));
    for (const given of pens ? [this.#all, this.#own] : [this.#all]) {
      const near = [];
      const { hidden } = behind(this.sheet, key, given);
      for (const at of [key, ...hidden]) {
        for (const slip of this.sheet.line(at)?.slips ?? []) {
          const made = (changed) => this.#made(key, at, slip, changed);
          const value = made(given);
          if (!Number.isFinite(value) || close(value, this.#reckoned(key, given), 1e-12)) continue;
          const own = new Reckoning(this.sheet, given).of(slip.formula);
          const found = { why: slip.say, at: at === key ? null : at, value: own };
          if (fits(entry, value, this.#spread(key, given))) return found;
          if (
            close(value, entry.value, 1e-2) &&
            fits(entry, value, this.#open(slip, key, given, made))
          ) {
            near.push(found);
          }
        }
      }
      if (near.length) return near[0];
    }
    return null;
  }

  /** What a number becomes where a slip is made in a line behind it, or in its own. */
  #made(key, at, slip, given) {
    const value = new Reckoning(this.sheet, given).of(slip.formula);
    return at === key ? value : this.#reckoned(key, new Map(given).set(at, value));
  }

  /** How far the rounding of the numbers that a slip itself reads can move what it gives. */
  #open(slip, key, given, made) {
    const { written } = behind(this.sheet, key, given);
    const read = new Set([...written, ...quantities(slip.formula)]);
    return moved(given, this.#roomsOf([...read], given), made);
  }
}

function plainly(verdict) {
  return { verdict, sources: [], why: null, at: null, pen: "" };
}

function close(a, b, relative) {
  return Math.abs(a - b) <= relative * Math.max(Math.abs(a), Math.abs(b));
}

/** How somebody rounds: to so many decimals, so many digits, or by cutting off (habit.py). */
function habitOf(sheet) {
  const told = [...sheet.entries].filter(([, entry]) => entry.half);
  const numbers = told.map(([, entry]) => entry);
  const decimals = commonest(numbers.map(decimalsOf));
  const digits = commonest(numbers.map((entry) => digitsOf(entry.text).length));
  const right = ([key, entry]) => [entry, sheet.right(key)];
  const pairs = told.map(right);
  const cut = pairs.filter(([entry, v]) => isCut(entry, v) && !fits(entry, v)).length;
  const rounded = pairs.filter(([entry, v]) => fits(entry, v) && !isCut(entry, v)).length;
  const cuts = cut >= FEW_CUT && cut > rounded;
  const kept = digits.times > decimals.times ? digits.value : 0;
  const unit = (value) =>
    kept && value && Number.isFinite(value)
      ? 10 ** (Math.floor(Math.log10(Math.abs(value))) + 1 - kept)
      : 10 ** -(numbers.length ? decimals.value : 9);
  const round = cuts ? Math.trunc : Math.round;
  return { cuts, unit, rounded: (value) => unit(value) * round(value / unit(value)) };
}

function commonest(values) {
  const times = new Map();
  for (const value of values) times.set(value, (times.get(value) ?? 0) + 1);
  const [value, count] = [...times].sort((a, b) => b[1] - a[1])[0] ?? [0, 0];
  return { value, times: count };
}
