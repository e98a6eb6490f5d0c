/** How large the gradient of each layer's weights is, over the iterations made and now. */

import { make } from "whygrad/dom.js";
import { Chart, counting, fitting, rough } from "whygrad/curves/plot.js";

const EACH = 20; // up to here every iteration is measured
const A_DECADE = 25; // then so many of each power of ten
const SLICE = 6; // milliseconds of measuring at a time
const EXTREME = 1_000; // a ratio of the first layer's norm to the last's that is worth a sentence

/** @param {HTMLElement} root @param {import("whygrad/main.js").App} app */
export function mount(root, app) {
  const view = new Norms(app);
  root.append(...view.nodes);
  new IntersectionObserver(([{ isIntersecting }]) => view.seen(isIntersecting)).observe(root);
  app.on(() => view.draw());
}

class Norms {
  #measured = new WeakMap(); // of each descent, what is measured already
  #visible = false;
  #waits = false;

  constructor(app) {
    this.app = app;
    this.heading = make("h2");
    this.chart = new Chart({ height: 180 });
    this.rows = make("tbody");
    this.titles = make("tr");
    this.caption = make("caption", { class: "unseen" });
    const table = make("table", {}, this.caption, make("thead", {}, this.titles), this.rows);
    this.said = make("p");
    this.nodes = [
      this.heading,
      this.chart.node,
      make("div", { class: "scroll" }, table),
      this.said,
    ];
  }

  /** Measures only while somebody looks. */
  seen(visible) {
    this.#visible = visible;
    if (visible) this.#soon();
  }

  draw() {
    const { app } = this;
    this.heading.textContent = app.say("view.norms.heading");
    this.#now();
    this.#picture();
    this.#soon();
  }

  // ---- now ----------------------------------------------------------------------------------------

  #now() {
    const { app } = this;
    const { now } = app;
    const layers = weights(now.program);
    const norms = layers.map((id) => norm(now.gradients[id].data));
    const titles = [
      app.say("view.norms.layer"),
      app.say("view.norms.weights"),
      app.say("view.norms.norm"),
    ];
    this.caption.textContent = app.say("view.norms.caption");
    this.titles.replaceChildren(
      ...titles.map((title, k) => make("th", { scope: "col", class: k ? "number" : null }, title)),
    );
    this.rows.replaceChildren(
      ...layers.map((id, k) =>
        make(
          "tr",
          {},
          make("th", { scope: "row" }, this.#layer(k)),
          make("td", { class: "number" }, String(now.values[id].data.length)),
          make("td", { class: "number" }, app.print(norms[k])),
        ),
      ),
    );
    this.said.textContent = verdict(app, norms);
  }

  #layer(k) {
    return this.app.say("view.norms.of", { layer: k + 1 });
  }

  // ---- over time ----------------------------------------------------------------------------------

  #soon() {
    if (this.#waits || !this.#visible) return;
    this.#waits = true;
    requestAnimationFrame(() => {
      this.#waits = false;
      if (this.app.model !== this.app.now.model) return; // another lesson is on its way
      if (!this.#measure()) this.#soon();
      this.#picture();
    });
  }

  /** Measures for one slice of time; whether all is measured. */
  #measure() {
    const { trajectory, program } = this.app.now;
    const { machine, sources } = trajectory;
    const ids = weights(program);
    const found = this.#found();
    const until = performance.now() + SLICE;
    for (const it of sampled(trajectory.reached)) {
      if (found.has(it)) continue;
      if (performance.now() > until) return false;
      const { gradients } = machine.run({ ...sources, ...trajectory.at(it) });
      found.set(
        it,
        ids.map((id) => norm(gradients[id].data)),
      );
    }
    return true;
  }

  #found() {
    const { trajectory } = this.app.now;
    if (!this.#measured.has(trajectory)) this.#measured.set(trajectory, new Map());
    return this.#measured.get(trajectory);
  }

  #picture() {
    const { app } = this;
    const { reached } = app.now.trajectory;
    const measured = this.#found();
    const found = [...sampled(reached)]
      .filter((it) => measured.has(it))
      .map((it) => [it, measured.get(it)]);
    const enough = found.length > 1;
    this.chart.node.hidden = !enough;
    if (!enough) return;
    const y = fitting(
      found.flatMap(([, norms]) => norms.filter((n) => n > 0)),
      { log: true },
    );
    const lines = weights(app.now.program).map((id, k) => ({
      label: this.#layer(k),
      points: found.map(([it, norms]) => [it, norms[k]]),
    }));
    this.chart.draw({
      x: counting(reached),
      y: y ?? fitting([1], { log: true }),
      lines,
      cursor: app.now.it,
      titles: { x: app.say("view.norms.x"), y: app.say("view.norms.y") },
      summary: app.say("view.norms.summary"),
    });
  }
}

/** The iterations that are measured of so many: well spaced, the same ones of a longer descent. */
function* sampled(reached) {
  for (let it = 0; it <= Math.min(EACH, reached); it++) yield it;
  for (let k = Math.ceil(A_DECADE * Math.log10(EACH)) + 1; ; k++) {
    const it = Math.round(10 ** (k / A_DECADE));
    if (it > reached) break;
    yield it;
  }
  if (reached > EACH) yield reached;
}

/** The ids of the weights, from the first layer to the last. */
function weights(program) {
  return program.nodes.filter(({ role }) => role === "weight").map(({ id }) => id);
}

/** The root of the sum of squares. */
function norm(data) {
  return Math.hypot(...data);
}

/** What is to be said of the norms now: a gradient that fades or grows on its way back. */
function verdict(app, norms) {
  const [first, last] = [norms[0], norms.at(-1)];
  if (norms.length < 2) return "";
  if (first === 0 && last === 0) return app.say("view.norms.zero");
  if (first === 0) return app.say("view.norms.cut", { last: norms.length });
  const ratio = last / first;
  const blanks = { last: norms.length, factor: rough(ratio >= 1 ? ratio : 1 / ratio) };
  if (ratio > EXTREME) return app.say("view.norms.vanishes", blanks);
  if (ratio < 1 / EXTREME) return app.say("view.norms.explodes", blanks);
  return "";
}
