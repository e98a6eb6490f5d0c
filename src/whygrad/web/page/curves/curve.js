/** An output of a network with one input, as a curve, with the samples' targets. */

import { Chart, fitting, linear } from "whygrad/curves/plot.js";

const POINTS = 240;

export class Curve {
  extent = { least: NaN, most: NaN };

  constructor() {
    this.chart = new Chart({ height: 260 });
    this.node = this.chart.node;
  }

  /** @param {object} seen as surface.js makes it */
  draw({ app, axes, samples, names, output, evaluate }) {
    const [[low, high]] = axes;
    const at = Float64Array.from(
      { length: POINTS },
      (_, k) => low + ((high - low) * k) / (POINTS - 1),
    );
    const values = evaluate(POINTS, at);
    this.extent = { least: Math.min(...values), most: Math.max(...values) };
    const targets = samples.map(({ target }) => target);
    const marks = samples.map(({ inputs, target }) => ({ x: inputs[0], y: target, kind: "dot" }));
    const shown = samples.find((sample) => sample.shown);
    if (shown) {
      marks.push({ x: shown.inputs[0], y: shown.output, kind: "dot now" });
      marks.push({ x: shown.inputs[0], y: shown.target, kind: "ring" });
    }
    this.chart.draw({
      x: linear(low, high),
      y: fitting([...values, ...targets], { log: false }) ?? linear(0, 1),
      titles: { x: names[0], y: output },
      lines: [{ label: output, points: [...values].map((y, k) => [at[k], y]) }],
      marks,
      summary: app.say("view.surface.curve", { output, input: names[0] }),
    });
  }
}
