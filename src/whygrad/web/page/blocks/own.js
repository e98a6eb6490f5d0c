/**
 * What a reader may have changed elsewhere, or by a link, and what the page of a large network has
 * no place for: its numbers are those that it came with, and so is what the server is asked for.
 */

import { INITIAL } from "whygrad/state.js";

const { edits, activations, rate, order } = INITIAL;

/** The changes of a state that are left out here. */
export const UNCHANGED = Object.freeze({ edits, activations, rate, order });

/** Whether a state has any of them. @param {import("whygrad/state.js").State} state */
export function isChanged(state) {
  const any = (found) => Object.keys(found ?? {}).length > 0;
  return any(state.edits) || any(state.activations) || state.rate !== null || state.order !== null;
}

/** The network as the server made the lesson of it. @param {import("whygrad/main.js").App} app */
export function specOf(app) {
  return app.state.spec ?? { start: true };
}
