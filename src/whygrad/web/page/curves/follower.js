/** Follows a run while it trains: asks the server what is new, each second, while somebody looks. */

const EACH = 1_000; // milliseconds
const LONGEST = 30_000; // between two questions where the server does not answer

export class Follower {
  #run = null;
  #timer = null;
  #wait = EACH;

  /** @param {import("whygrad/main.js").App} app @param {() => void} changed there is something new */
  constructor(app, changed) {
    this.app = app;
    this.changed = changed;
    this.rows = [];
    this.live = false;
    this.lost = false; // whether the last question was not answered
    this.best = null;
    this.reason = null;
    this.remarks = [];
    this.model = null; // another number whenever the parameters are others
    this.fresh = false; // whether there are newer parameters than those that are shown
    document.addEventListener("visibilitychange", () => this.#again(0));
  }

  /** Takes up the run of a lesson, as it was when the lesson was made. */
  follow(run) {
    if (run === this.#run) return;
    this.#run = run;
    if (!run) return this.#rest();
    const { rows } = run;
    this.#told(run);
    if (rows.length >= this.rows.length || !this.live) this.rows = [...rows];
    this.fresh = false;
    this.model = run.model;
    this.#again(0);
  }

  #rest() {
    clearTimeout(this.#timer);
    this.#timer = null;
  }

  /** Asks after a while; not where the run has ended, nor while the page is hidden. */
  #again(wait) {
    this.#rest();
    if (!this.live || !this.app.source.serves || document.hidden) return;
    this.#timer = setTimeout(() => this.#ask(), wait);
  }

  async #ask() {
    const run = this.#run;
    let found = null;
    try {
      found = await this.app.source.get(`run?since=${this.rows.length}`);
    } catch {
      found = null; // a server that is asleep, or gone: it is said, and asked again later
    }
    if (run !== this.#run) return;
    this.lost = found === null;
    this.#wait = found ? EACH : Math.min(2 * this.#wait, LONGEST);
    if (found) this.#take(found);
    this.changed();
    this.#again(this.#wait);
  }

  #told({ live, best_epoch: best = null, stop_reason: reason = null, remarks = [] }) {
    Object.assign(this, { live, best, reason, remarks });
  }

  #take(found) {
    const { rows, start, model } = found;
    this.rows.length = start; // a run that was resumed is cut back to its checkpoint
    this.rows.push(...rows);
    if (this.model !== null && model !== this.model) this.fresh = true;
    this.model = model;
    this.#told(found);
  }

  /** Opens the lesson anew: with the parameters as they are by now. */
  async renew() {
    try {
      await this.app.renew();
    } catch {
      this.lost = true;
      this.changed();
    }
  }
}
