/** The reader's own numbers: what the lesson has, what was changed, and how it is taken back. */

import { INITIAL } from "whygrad/state.js";

/** The numbers of one lesson that may be changed, by the names under which they are. */
export class Numbers {
  /** @param {import("whygrad/main.js").App} app */
  constructor(app) {
    this.app = app;
    this.model = app.model;
    this.program = app.model.programs.batch ?? app.model.programs.sample;
    this.given = app.model.sources(INITIAL);
  }

  node(id) {
    return this.program.node.get(id);
  }

  /** What the lesson has. @param {string} key @returns {number} */
  original(key) {
    const { id, flat } = this.program.index.get(key);
    return this.given[id].data[flat];
  }

  /** What the network starts from. @param {string} key @returns {number} */
  start(key) {
    return this.app.state.edits[key] ?? this.original(key);
  }

  edited(key) {
    return key in this.app.state.edits;
  }

  /** The name of what is looked at, as it is among all samples; null where it is none of these. */
  get looked() {
    const { now, state } = this.app;
    const place = state.at && now.place(state.at);
    if (!place || !(place.id in this.given)) return null;
    return this.model.canonical(now.program.node.get(place.id).names[place.flat], state);
  }

  /** @param {Record<string, number>} changes by name @param {{undo?: boolean}} [how] */
  edit(changes, how) {
    return this.app.set({ edits: this.with(changes) }, how);
  }

  /** The reader's numbers with some more; one that is as the lesson has it is none of them. */
  with(changes) {
    const edits = { ...this.app.state.edits };
    for (const [key, value] of Object.entries(changes)) {
      if (value === this.original(key)) delete edits[key];
      else edits[key] = value;
    }
    return edits;
  }

  /** The parameters as they now are, by name. */
  present() {
    const { sources } = this.app.now;
    const parameters = this.program.nodes.filter((n) => n.role === "weight" || n.role === "bias");
    return Object.fromEntries(
      parameters.flatMap((n) => n.names.map((name, flat) => [name, sources[n.id].data[flat]])),
    );
  }
}

/**
 * Whether anything is other than the lesson has it.
 * @param {import("whygrad/state.js").State} state
 */
export function changed({ edits, activations, rate, order }) {
  const chosen = rate !== null || order !== null;
  return chosen || Object.keys(edits).length > 0 || Object.keys(activations).length > 0;
}
