/** What stands around a heat map: how near one is, what its colours mean, what a cell is. */

import { make } from "whygrad/dom.js";
import { named } from "whygrad/spoken.js";
import { together } from "whygrad/words.js";

const DIGITS = 4; // of the numbers below the colours
const TICKS = [-1, -0.25, 0, 0.25, 1]; // shares of the largest; the scale is a square root
export const HELP = "heatmap-help";

export class Caption {
  /**
   * @param {import("whygrad/main.js").App} app
   * @param {object} about
   * @param {(factor: number) => void} about.zoom
   * @param {(matrix: object) => string} about.axes what rows and columns are
   */
  constructor(app, { zoom, axes }) {
    Object.assign(this, { app, zoom, axes });
    this.tools = make("div", { class: "row tools" });
    this.colours = make("div", { class: "colours" });
    this.how = make("p", { class: "pale how" });
    this.help = make("p", { class: "pale help", id: HELP });
  }

  /**
   * @param {import("whygrad/blocks/matrix.js").Matrix} matrix
   * @param {"value"|"gradient"} of
   * @param {[number, number]} gathered how many cells stand in a point of the screen
   */
  draw(matrix, of, gathered) {
    this.help.textContent = this.app.say("view.blocks.keys");
    this.how.textContent = this.#gathering(matrix, gathered);
    this.#colours(matrix.shades(of).scale);
  }

  #colours(scale) {
    const { app } = this;
    const tick = (share) => make("span", {}, app.print(share * scale, DIGITS));
    const [least, most] = [app.print(-scale, DIGITS), app.print(scale, DIGITS)];
    const label = app.say("view.blocks.legend", { least, most });
    this.colours.replaceChildren(
      make("div", { class: "gradient", role: "img", "aria-label": label }),
      make("div", { class: "ticks" }, ...TICKS.map(tick)),
    );
  }

  /** What rows and columns are, and what a cell or a point is, where that is not one entry. */
  #gathering(matrix, [rows, columns]) {
    const { app } = this;
    const said = [this.axes(matrix)];
    const [high, wide] = matrix.tile;
    if (matrix.pooled) said.push(app.say("view.blocks.tile", { rows: high, columns: wide }));
    if (rows * columns > 1) said.push(app.say("view.blocks.point", { rows, columns }));
    return together(app.lang, said.filter(Boolean));
  }

  /**
   * The buttons by which one comes nearer. True where the one that had the focus cannot be pressed
   * any more, nor any other of its kind.
   */
  offer(whole, near) {
    const { app } = this;
    const button = (id, sign, disabled, factor) => {
      const about = { type: "button", disabled, "data-zoom": id };
      const made = make("button", { ...about, onclick: () => this.zoom(factor) }, sign);
      named(made, app.say(`view.blocks.zoom.${id}`));
      return made;
    };
    const focused = this.tools.querySelector(":focus")?.dataset.zoom;
    this.tools.replaceChildren(
      button("out", "−", whole, 0.5),
      button("in", "+", near, 2),
      button("whole", app.say("view.blocks.whole"), whole, 0),
      button("cells", app.say("view.blocks.cells"), near, Infinity),
    );
    this.tools.hidden = whole && near;
    if (!focused) return false;
    const again = this.tools.querySelector(`[data-zoom="${focused}"]:not(:disabled)`);
    again?.focus();
    return !again;
  }
}
