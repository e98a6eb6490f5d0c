/** What a large network computes, as numbers that came with the page (web/surface.py). */

import { floats } from "whygrad/blocks/matrix.js";

/** @implements {import("whygrad/curves/evaluated.js").Subject} */
export class Given {
  moved = null;
  pick = null;

  /** @param {object} data lesson.blocks.surface @param {object} network of the lesson */
  constructor({ names, axes, values, samples }, network) {
    Object.assign(this, { names, axes });
    this.bounded = ["sigmoid", "softmax"].includes(network.activations.at(-1));
    this.values = values.map((text) => floats(text, 4));
    this.table = floats(samples);
  }

  samples(output) {
    const [inputs, outputs] = [this.names.inputs.length, this.names.outputs.length];
    const wide = inputs + 2 * outputs;
    return Array.from({ length: this.table.length / wide }, (_, row) => {
      const numbers = this.table.slice(row * wide, (row + 1) * wide);
      return {
        inputs: [...numbers.slice(0, inputs)],
        output: numbers[inputs + output],
        target: numbers[inputs + outputs + output],
        row,
        shown: false,
      };
    });
  }

  /** The output at the points that were worked out, which are those that are drawn. */
  evaluate(output) {
    return this.values[output];
  }
}
