/**
 * A descent: the losses of all its iterations, and its parameters at any of them.
 *
 * Iteration k is the state after k updates. States are kept every so often; one in between is made
 * again from the nearest before it, by the same updates.
 */

const SLICE = 20; // milliseconds at a time; between slices the page answers and paints
const MOST = 1_000; // states that are kept; beyond, every second one is let go

/** @typedef {import("whygrad/arithmetic/machine.js").Machine} Machine */
/** @typedef {import("whygrad/arithmetic/machine.js").Arrays} Arrays */

export class Trajectory {
  #losses = new Float64Array(1_024);
  #kept = new Map(); // states by iteration
  #spacing = 1;
  #last; // the state at `reached`
  #visited; // the state that was asked for last: the next one asked for is often its neighbour

  /**
   * @param {Machine} machine may be shared: every descent puts its own numbers in
   * @param {Arrays} sources inputs, targets and the first parameters
   * @param {{rate: number, order: string}} plan
   */
  constructor(machine, sources, plan) {
    this.machine = machine;
    this.sources = sources;
    this.plan = plan;
    this.reached = 0;
    /** @type {{iteration: number, loss: number}|null} where the loss is finite no more */
    this.ended = null;
    machine.load(sources);
    machine.forget();
    this.#last = machine.save();
    this.#record(machine.forward());
    this.#visited = { iteration: 0, state: this.#last };
  }

  /** The loss at every iteration so far, by iteration. */
  get losses() {
    return this.#losses.subarray(0, this.reached + 1);
  }

  /**
   * Goes on to an iteration, or to where the loss is finite no more.
   * @param {number} iteration
   * @param {{stop?: function(): boolean, progress?: function(number)}} options stop: asked between
   *     slices; progress: told which share of the way is done
   * @returns {Promise<void>|null} null where it is there at once
   */
  to(iteration, options = {}) {
    this.#advance(iteration);
    return this.#there(iteration) ? null : this.#onward(iteration, options);
  }

  async #onward(iteration, { stop, progress }) {
    while (!this.#there(iteration)) {
      await turn();
      if (stop?.()) return;
      this.#advance(iteration);
      progress?.(Math.min(1, this.reached / iteration));
    }
  }

  #there(iteration) {
    return this.ended !== null || this.reached >= iteration;
  }

  /** Updates for one slice of time. */
  #advance(iteration) {
    if (this.#there(iteration)) return;
    const { machine, plan } = this;
    const until = performance.now() + SLICE;
    this.#put(this.#last);
    machine.forward();
    while (!this.#there(iteration) && performance.now() < until) {
      machine.step({ ...plan, t: this.reached + 1 });
      this.reached += 1;
      this.#record(machine.forward());
    }
    this.#last = machine.save();
  }

  /** Notes the loss of the iteration that is reached, and now and then its state. */
  #record(loss) {
    const k = this.reached;
    if (k === this.#losses.length) {
      const longer = new Float64Array(2 * k);
      longer.set(this.#losses);
      this.#losses = longer;
    }
    this.#losses[k] = loss;
    if (!Number.isFinite(loss)) this.ended = { iteration: k, loss };
    if (k % this.#spacing) return;
    this.#kept.set(k, this.machine.save());
    if (this.#kept.size <= MOST) return;
    this.#spacing *= 2;
    for (const at of this.#kept.keys()) if (at % this.#spacing) this.#kept.delete(at);
  }

  /**
   * The parameters at an iteration; at the last one where the descent ended before it.
   * @param {number} iteration
   * @returns {Arrays}
   */
  at(iteration) {
    this.#seek(iteration);
    return this.machine.parameters();
  }

  /**
   * One more update: the parameters after it, and the gradients that it was made with. In the
   * sequential order those are taken with the layers behind already moved.
   * @param {number} iteration
   * @returns {{parameters: Arrays, gradients: Arrays}}
   */
  next(iteration) {
    const at = this.#seek(iteration);
    this.machine.forward();
    this.machine.step({ ...this.plan, t: at + 1 });
    return { parameters: this.machine.parameters(), gradients: this.machine.used() };
  }

  /** Brings the machine to an iteration; which one it is. */
  #seek(iteration) {
    const wanted = Math.min(iteration, this.ended?.iteration ?? Infinity);
    if (!(wanted <= this.reached)) {
      throw new RangeError(`Iteration ${iteration} is not reached yet; ${this.reached} is.`);
    }
    const { machine, plan } = this;
    let { iteration: at, state } = this.#nearest(wanted);
    this.#put(state);
    for (; at < wanted; at++) {
      machine.forward();
      machine.step({ ...plan, t: at + 1 });
    }
    this.#visited = { iteration: wanted, state: machine.save() };
    return wanted;
  }

  #nearest(wanted) {
    if (wanted === this.reached) return { iteration: wanted, state: this.#last };
    const before = wanted - (wanted % this.#spacing);
    const { iteration } = this.#visited;
    if (iteration >= before && iteration <= wanted) return this.#visited;
    return { iteration: before, state: this.#kept.get(before) };
  }

  #put(state) {
    this.machine.load(this.sources);
    this.machine.restore(state);
  }
}

/** Lets the page do what waits. A message is not held back as a timer is. */
function turn() {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
