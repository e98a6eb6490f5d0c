/** Which entry of which array a name means: W1[3,5], w2358, ∂E_total/∂w2358. */

/** @typedef {{array: string, index: number[]|null}} Place of an array; index null: all of it */

export class Entries {
  #learned = new Map(); // other names, as a derivation or the server told them

  /** @param {Map<string, import("whygrad/blocks/matrix.js").Matrix>} matrices */
  constructor(matrices) {
    this.matrices = matrices;
  }

  /** Takes up that a number has this name too. @param {string} at as it is typed: W1[3,5] */
  learn(name, at) {
    this.#learned.set(bottom(name), at);
  }

  /**
   * How a number is typed; null where the name is of none that is known here.
   * @param {string} name
   * @returns {string|null}
   */
  typed(name) {
    const own = bottom(name);
    const at = this.#learned.get(own) ?? this.#weight(own) ?? own;
    return this.place(at) && at;
  }

  /** @param {string} at as it is typed @returns {Place|null} */
  place(at) {
    const whole = this.matrices.get(at);
    if (whole) return { array: at, index: whole.shape.length ? null : [] };
    const cut = at.lastIndexOf("[");
    const matrix = at.endsWith("]") && this.matrices.get(at.slice(0, cut));
    if (!matrix) return null;
    const positions = at.slice(cut + 1, -1).split(",");
    const index = positions.map((position) => Number(position) - matrix.base);
    return matrix.place(index) && { array: matrix.id, index };
  }

  /** A weight by its number, counted along the rows of all layers. */
  #weight(name) {
    const number = /^w(\d{1,9})$/.exec(name)?.[1];
    if (!number) return null;
    for (const matrix of this.matrices.values()) {
      const flat = number - matrix.counted;
      const size = matrix.rows * matrix.columns;
      if (matrix.counted !== null && flat >= 0 && flat < size) {
        return matrix.name([Math.floor(flat / matrix.columns), flat % matrix.columns]);
      }
    }
    return null;
  }
}

/** The number whose gradient a name is: ∂E_total/∂w5 is asked for as w5, δ_o1 as net_o1. */
function bottom(name) {
  const below = name.startsWith("∂") ? name.slice(name.lastIndexOf("/∂") + 2) : name;
  return below.replace(/^δ_/, "net_");
}
