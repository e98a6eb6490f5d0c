/**
 * The descent: play it, step through it, and its curve of total errors, along which one drags.
 */

import { grouped } from "whygrad/arithmetic/numbers.js";
import { make } from "whygrad/dom.js";
import { Player } from "whygrad/curves/player.js";
import { Chart, counting, fitting, linear, thinned } from "whygrad/curves/plot.js";
import { named } from "whygrad/spoken.js";
import { MOST_ITERATIONS } from "whygrad/state.js";
import { Switch } from "whygrad/switch.js";
import { enumerated, together } from "whygrad/words.js";

const JUMPS = [0, 1, 10, 100, 1_000, 10_000];
const FIRST = 100; // iterations that the axis has room for before any are made
const FINE = 1_000; // places of the slider; its value is only where the curve is taken hold of

/** @param {HTMLElement} root @param {import("whygrad/main.js").App} app */
export function mount(root, app) {
  const view = new Training(app);
  root.append(...view.nodes);
  app.on(() => view.draw());
}

class Training {
  #log = true; // whether iterations stand on a logarithmic scale
  #dragging = false; // a drag is one step of undo: the first move leaves it, the others do not
  #wanted = null; // the iteration of the latest move, until the next frame
  #curve = { of: null };

  constructor(app) {
    this.app = app;
    this.player = new Player(app, () => this.#controls());
    this.heading = make("h2");
    this.sum = make("p", { class: "sum" });
    this.ended = make("p", { class: "notice" });
    this.plan = make("p", { class: "pale" });
    this.nodes = [
      this.heading,
      this.sum,
      this.#buttons(),
      this.#graph(),
      this.#below(),
      this.ended,
      this.plan,
    ];
    app.listen("keydown", (event) => this.#space(event));
  }

  // ---- its parts, once --------------------------------------------------------------------------

  #buttons() {
    this.play = make("button", { class: "main play", onclick: () => this.player.toggle() });
    this.back = make("button", { onclick: () => this.#go(this.app.now.it - 1) }, "−1");
    this.on = make("button", { onclick: () => this.#go(this.app.now.it + 1) }, "+1");
    this.jumps = JUMPS.map((it) => make("button", { onclick: () => this.#go(it) }, grouped(it)));
    this.jumpsTo = make("span", { class: "row", role: "group" }, ...this.jumps);
    this.field = make("input", {
      type: "number",
      class: "number",
      min: 0,
      max: MOST_ITERATIONS,
      step: 1,
      id: "training-to",
      "aria-describedby": "training-wrong",
      onchange: () => this.#typed(),
    });
    this.field.addEventListener("input", () => this.#check());
    this.to = make("label", { for: "training-to" });
    this.wrong = make("span", { class: "bad", id: "training-wrong" });
    const typed = make("span", { class: "row typed" }, this.to, this.field);
    const parts = [this.play, this.back, this.on, this.jumpsTo, typed, this.wrong];
    return make("div", { class: "row" }, ...parts);
  }

  #graph() {
    this.chart = new Chart({ height: 210 });
    this.slider = make("input", {
      type: "range",
      min: 0,
      max: FINE,
      step: "any",
      class: "along",
      onkeydown: (event) => this.#key(event),
      oninput: () => this.#drag(),
    });
    for (const end of ["pointerup", "keyup", "blur"]) {
      this.slider.addEventListener(end, () => (this.#dragging = false));
    }
    this.chart.area.append(this.slider);
    return this.chart.node;
  }

  #below() {
    this.bar = make("div", { class: "share", role: "progressbar" });
    this.stop = make("button", { onclick: () => this.#stopHere() });
    this.axis = new Switch(["log", "linear"], (axis) => {
      this.#log = axis === "log";
      this.draw();
    });
    const waiting = make("div", { class: "row waiting" }, this.bar, this.stop);
    return make("div", { class: "row tools" }, this.axis.element, waiting);
  }

  // ---- what the reader does -----------------------------------------------------------------------

  /** To an iteration, as one step that can be undone. */
  async #go(it) {
    this.player.pause();
    await this.app.set({ it: Math.min(Math.max(it, 0), MOST_ITERATIONS) });
    this.app.announce(this.#told());
  }

  #typed() {
    if (this.#check() && this.field.value !== "") this.#go(Number(this.field.value));
  }

  /** Whether what is typed is an iteration; it is said where it is none. */
  #check() {
    const { badInput } = this.field.validity;
    const it = Number(this.field.value);
    const right = !badInput && Number.isInteger(it) && it >= 0 && it <= MOST_ITERATIONS;
    this.field.setAttribute("aria-invalid", String(!right));
    const most = grouped(MOST_ITERATIONS);
    this.wrong.textContent = right ? "" : this.app.say("view.training.wrong", { most });
    return right;
  }

  /** Along the curve, frame by frame. */
  #drag() {
    this.player.pause();
    const waits = this.#wanted !== null;
    this.#wanted = Math.round(this.#scale().value(Number(this.slider.value) / FINE));
    if (!waits) requestAnimationFrame(() => this.#move());
  }

  #move() {
    const it = this.#wanted;
    this.#wanted = null;
    if (it === this.app.state.it) return;
    const undo = !this.#dragging;
    this.#dragging = true;
    this.app.set({ it }, { undo });
  }

  /** The arrow keys go by one iteration, whatever the scale; page keys by a tenth of the way. */
  #key(event) {
    const { it } = this.app.now;
    const by = Math.max(1, Math.round(it / 10));
    const to = {
      ArrowLeft: it - 1,
      ArrowDown: it - 1,
      ArrowRight: it + 1,
      ArrowUp: it + 1,
      PageDown: it - by,
      PageUp: it + by,
      Home: 0,
      End: this.app.now.trajectory.reached,
    }[event.key];
    if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.player.pause();
    this.#wanted = Math.min(Math.max(to, 0), MOST_ITERATIONS);
    this.#move();
  }

  /** The space bar plays and pauses, where it does not already mean something. */
  #space(event) {
    const taken = "input, select, textarea, button, a, summary, math, [role], [contenteditable]";
    if (event.key !== " " || event.defaultPrevented || event.ctrlKey || event.metaKey) return;
    if (event.target.closest?.(taken)) return;
    event.preventDefault();
    this.player.toggle();
  }

  /** Gives up a long descent where it is. */
  #stopHere() {
    this.player.pause();
    const { app } = this;
    app.set({ it: app.model.trajectory(app.state).reached }, { undo: false });
  }

  // ---- what is shown ----------------------------------------------------------------------------

  draw() {
    const { app } = this;
    const { now } = app;
    this.heading.textContent = app.say("view.training.heading");
    const [first] = now.trajectory.losses;
    this.sum.textContent = app.say("view.training.sum", {
      it: grouped(now.it),
      now: app.print(now.loss),
      first: app.print(first),
    });
    this.#controls();
    this.#picture();
    this.plan.textContent = described(app);
    const { ended } = now.trajectory;
    this.ended.hidden = !ended;
    if (ended) {
      const [it, rate] = [grouped(ended.iteration), app.print(now.rate)];
      this.ended.textContent = app.say("view.training.ended", {
        it,
        loss: app.print(ended.loss),
        rate,
      });
    }
  }

  #controls() {
    const { app, player } = this;
    const { it, trajectory } = app.now;
    const over = trajectory.ended && it >= trajectory.ended.iteration;
    const name = player.playing ? app.say("view.training.pause") : app.say("view.training.play");
    this.play.textContent = `${player.playing ? "❚❚" : "▶"} ${name}`;
    this.play.title = app.say("view.training.play.key");
    named(this.back, app.say("view.training.back"));
    named(this.on, app.say("view.training.on"));
    this.back.disabled = it === 0;
    this.on.disabled = Boolean(over) || it >= MOST_ITERATIONS;
    named(this.jumpsTo, app.say("view.training.jumps"));
    this.jumps.forEach((button, k) => {
      button.setAttribute("aria-pressed", String(JUMPS[k] === it));
      button.setAttribute("aria-label", app.say("view.training.jump", { it: grouped(JUMPS[k]) }));
    });
    this.to.textContent = app.say("view.training.to");
    if (document.activeElement !== this.field) this.field.value = it;
    this.bar.setAttribute("aria-label", app.say("view.training.waiting"));
    this.stop.textContent = app.say("view.training.stop");
    this.axis.draw({
      label: app.say("view.training.axis"),
      named: (axis) => app.say(`view.training.axis.${axis}`),
      present: this.#log ? "log" : "linear",
    });
  }

  /** The iterations' axis: it has room for the next power of ten. */
  #scale() {
    const { reached } = this.app.now.trajectory;
    if (this.#log) return counting(10 ** Math.ceil(Math.log10(Math.max(FIRST, reached))));
    return linear(0, roomy(Math.max(FIRST, reached)));
  }

  #picture() {
    const { app } = this;
    const { it, loss } = app.now;
    const x = this.#scale();
    const curve = this.#sampled(x);
    const y =
      fitting(
        curve.map(([, value]) => value),
        { log: true },
      ) ?? linear(0, 1);
    const marks = Number.isFinite(loss) ? [{ x: it, y: loss, kind: "dot now" }] : [];
    this.chart.draw({
      x,
      y,
      marks,
      cursor: it,
      titles: { x: app.say("view.training.x"), y: app.say("view.training.y") },
      lines: [{ label: "", points: curve }],
      summary: app.say("view.training.curve", {
        made: grouped(app.now.trajectory.reached),
        first: app.print(curve[0][1]),
        last: app.print(curve.at(-1)[1]),
      }),
    });
    this.slider.value = x.share(it) * FINE;
    named(this.slider, app.say("view.training.slider"));
    this.slider.setAttribute("aria-valuetext", this.#told());
  }

  /** The curve, at most a few points a pixel; made anew only where there is more of it. */
  #sampled(x) {
    const { trajectory } = this.app.now;
    const { reached } = trajectory;
    const columns = this.chart.frame.width;
    const of = [trajectory, reached, columns, this.#log];
    if (of.some((part, k) => part !== this.#curve.of?.[k])) {
      this.#curve = { of, points: thinned(trajectory.losses, x, columns) };
    }
    return this.#curve.points;
  }

  #told() {
    const { app } = this;
    const [it, loss] = [grouped(app.now.it), app.print(app.now.loss)];
    return app.say("view.training.told", { it, loss });
  }
}

/** The next of 1, 2, 5, 10, 20, 50, … */
function roomy(number) {
  const power = 10 ** Math.floor(Math.log10(number));
  return [1, 2, 5, 10].find((factor) => factor * power >= number) * power;
}

/** Which descent this is, in a few sentences. */
function described(app) {
  const { now, model, state, lesson } = app;
  const { rule, samples } = now.program;
  const said = [];
  const how = { rate: app.print(now.rate), rule: rule.name };
  how.on = app.say("view.training.on.only");
  if (model.several && now.mode === "sample")
    how.on = app.say("view.training.on.one", { row: state.row + 1 });
  else if (model.several) how.on = app.say("view.training.on.all", { samples });
  if (rule.name === "sgd") said.push(app.say("view.training.descent", how));
  else said.push(app.say("view.training.descent.by", how));
  if (now.order === "sequential") said.push(app.say("view.training.sequential"));
  else said.push(app.say("view.training.simultaneous"));
  if (!lesson.training.train_bias && lesson.network.bias !== "none")
    said.push(app.say("view.training.biases"));
  const { beyond } = lesson.training;
  const options = enumerated(app.lang, beyond);
  if (beyond.length) said.push(app.say("view.training.beyond", { options }));
  return together(app.lang, said);
}
