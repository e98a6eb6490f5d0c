/** Opening another network; what was looked at and changed belongs to the one before. */

import { INITIAL } from "whygrad/state.js";

/**
 * @param {import("whygrad/main.js").App} app
 * @param {object|null} spec null: what the page was opened with
 */
export function openNetwork(app, spec) {
  const { lang, theme, edges } = app.state;
  return app.set({ ...INITIAL, lang, theme, edges, spec });
}
