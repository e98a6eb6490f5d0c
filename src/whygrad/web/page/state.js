/**
 * The state of the page: what the reader has chosen and changed, as one frozen object.
 *
 * It lives behind the # of the address, written to be read (#at=w1&rate=0.1&w5=0.5), so that a lesson
 * is a link. What is as the lesson has it is left out; nothing secret ever goes in.
 */

/**
 * @typedef {object} State
 * @property {string|null} at        the quantity that is looked at, by its name
 * @property {"gradient"|"value"|"update"} about  what is asked of it
 * @property {"factors"|"delta"} detail  how its line is put together
 * @property {string|null} step      null: everything; forward.1 … error, backward.2 … update
 * @property {number} it             iterations made
 * @property {"value"|"gradient"} edges  what an edge's width and colour show
 * @property {boolean} batch         all samples at once, or one
 * @property {number} row            the sample that is shown, from 0
 * @property {number|null} rate      a learning rate of one's own
 * @property {"simultaneous"|"sequential"|null} order
 * @property {Record<string, string>} activations  by layer
 * @property {Record<string, number>} edits  numbers of one's own, by name
 * @property {boolean} blanks        results are left blank, to be filled in
 * @property {object|null} spec      another network than the page came with (a server builds it)
 * @property {string|null} lang
 * @property {"auto"|"light"|"dark"} theme
 */

/** @type {State} */
export const INITIAL = Object.freeze({
  at: null,
  about: "gradient",
  detail: "factors",
  step: null,
  it: 0,
  edges: "value",
  batch: true,
  row: 0,
  rate: null,
  order: null,
  activations: {},
  edits: {},
  blanks: false,
  spec: null,
  lang: null,
  theme: "auto",
});

const CHOICES = {
  about: ["gradient", "value", "update"],
  detail: ["factors", "delta"],
  edges: ["value", "gradient"],
  order: ["simultaneous", "sequential"],
  lang: ["en", "zh"],
  theme: ["auto", "light", "dark"],
};
const STEP = /^(forward\.\d+|error|backward\.\d+|update)$/;
export const MOST_ITERATIONS = 1_000_000;
const LONGEST = 1_000_000; // characters of an address that is read: as much as a server takes

/**
 * The part of the address behind its #.
 * @param {State} state
 * @returns {string}
 */
export function written(state) {
  const parts = [];
  const put = (name, value) => parts.push(`${name}=${encoded(String(value))}`);
  for (const name of ["at", "about", "detail", "step", "it", "edges", "rate", "order"]) {
    if (state[name] !== INITIAL[name]) put(name, state[name]);
  }
  if (state.row !== 0) put("sample", state.row + 1);
  if (!state.batch) put("batch", "no");
  if (state.blanks) put("blanks", "yes");
  for (const [layer, name] of Object.entries(state.activations)) put(`activation.${layer}`, name);
  for (const [name, value] of Object.entries(state.edits)) put(`set.${name}`, value);
  if (state.spec) put("network", JSON.stringify(state.spec));
  if (state.lang) put("lang", state.lang);
  if (state.theme !== "auto") put("theme", state.theme);
  return parts.join("&");
}

/**
 * The state of an address; what is not understood is left out, so that an old link still opens.
 * @param {string} hash
 * @returns {State}
 */
export function read(hash) {
  const state = { ...INITIAL, activations: {}, edits: {} };
  for (const part of hash.replace(/^#/, "").slice(0, LONGEST).split("&")) {
    const cut = part.indexOf("=");
    if (cut > 0) take(state, decoded(part.slice(0, cut)), decoded(part.slice(cut + 1)));
  }
  return Object.freeze(state);
}

/**
 * The parts of an address that a state did not take up: a name that the network does not have, a number
 * that is none. What only repeats what is so anyway is no such part.
 * @param {string} hash
 * @param {State} state
 * @returns {string[]}
 */
export function unread(hash, state) {
  const taken = new Set(written(state).split("&").map(nameOf));
  const parts = hash.replace(/^#/, "").slice(0, LONGEST).split("&");
  return parts.filter((part) => part && !taken.has(nameOf(part)) && !isUsual(part)).map(decoded);
}

function nameOf(part) {
  return decoded(part.split("=")[0]);
}

/** Whether a part asks for what is so without it: edges=value, batch=yes, it=0. */
function isUsual(part) {
  const [name, text] = [nameOf(part), decoded(part.slice(part.indexOf("=") + 1))];
  const usual = { ...INITIAL, sample: 1, batch: "yes", blanks: "no" };
  return Object.hasOwn(usual, name) && String(usual[name]) === text;
}

function take(state, name, text) {
  const number = text.trim() === "" ? NaN : Number(text);
  if (name === "at") state.at = text;
  else if (Object.hasOwn(CHOICES, name) && CHOICES[name].includes(text)) state[name] = text;
  else if (name === "step" && STEP.test(text)) state.step = text;
  else if (name === "it" && whole(number, 0, MOST_ITERATIONS)) state.it = number;
  else if (name === "rate" && Number.isFinite(number)) state.rate = number;
  else if (name === "sample" && whole(number, 1, 1e6)) state.row = number - 1;
  else if (name === "batch") state.batch = text !== "no";
  else if (name === "blanks") state.blanks = text === "yes";
  else if (/^activation\.\d+$/.test(name)) state.activations[name.slice(11)] = text;
  else if (name.startsWith("set.") && Number.isFinite(number)) state.edits[name.slice(4)] = number;
  else if (name === "network") state.spec = object(text);
}

function whole(number, least, most) {
  return Number.isInteger(number) && number >= least && number <= most;
}

function object(text) {
  try {
    const value = JSON.parse(text);
    return value && typeof value === "object" && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

/** Only what an address cannot hold is encoded: w5, ∂ and [2] stay readable. */
function encoded(text) {
  return text.replace(/[%&=#\s"<>]/g, encodeURIComponent);
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The states that were left, and those that were undone. */
export class Past {
  #before = [];
  #after = [];

  /** @param {State} state the one that is left now */
  leave(state) {
    this.#before.push(state);
    if (this.#before.length > 200) this.#before.shift();
    this.#after = [];
  }

  /** The state that was left last was left in vain. */
  forget() {
    this.#before.pop();
  }

  /** @param {State} state @returns {State|null} the state before, where there is one */
  back(state) {
    return this.#move(this.#before, this.#after, state);
  }

  /** @param {State} state @returns {State|null} the state that was undone */
  forth(state) {
    return this.#move(this.#after, this.#before, state);
  }

  get canUndo() {
    return this.#before.length > 0;
  }

  get canRedo() {
    return this.#after.length > 0;
  }

  #move(from, to, state) {
    if (!from.length) return null;
    to.push(state);
    return from.pop();
  }
}
