/** The record of a run: its curves, how it ended, and, while it trains, what is new each second. */

import { grouped } from "whygrad/arithmetic/numbers.js";
import { make } from "whygrad/dom.js";
import { Follower } from "whygrad/curves/follower.js";
import { Chart, counting, fitting, linear, thinned } from "whygrad/curves/plot.js";
import { COLON, listed, together } from "whygrad/words.js";

const LONG = 20; // a descent that is recorded at well-spaced iterations: the last is so many rows on

/** @param {HTMLElement} root @param {import("whygrad/main.js").App} app */
export function mount(root, app) {
  const view = new Run(root, app);
  app.on(() => view.draw());
}

class Run {
  #at = null; // the row that is read out; null: the last
  #charts = new Map();
  #shown = []; // what is drawn: most changes of the page do not concern it

  constructor(root, app) {
    this.root = root;
    this.app = app;
    this.follower = new Follower(app, () => this.draw());
    this.heading = make("h2");
    this.how = make("p");
    this.renew = make("button", { class: "main", onclick: () => this.follower.renew() });
    this.words = make("p", { class: "pale" });
    this.remarks = make("ul");
    this.pictures = make("div", { class: "pictures" });
    this.slider = make("input", {
      type: "range",
      min: 0,
      id: "run-at",
      oninput: () => this.#read(),
    });
    this.reading = make("label", { for: "run-at" });
    this.numbers = make("table", { class: "numbers" });
    this.reader = make("div", { class: "reader" }, this.reading, this.slider, this.numbers);
    const parts = [this.how, this.renew, this.words, this.remarks, this.pictures, this.reader];
    root.append(this.heading, ...parts);
  }

  #read() {
    this.#at = Number(this.slider.value);
    this.draw();
  }

  draw() {
    const { app, follower } = this;
    const { run } = app.lesson;
    follower.follow(run);
    this.root.hidden = !run;
    if (!run) return;
    const { rows, live, lost, fresh, best, reason, remarks } = follower;
    const shown = [
      app.lang,
      run,
      rows.length,
      rows.at(-1),
      this.#at,
      live,
      lost,
      fresh,
      best,
      reason,
    ];
    if (shown.every((part, k) => part === this.#shown[k])) return;
    this.#shown = shown;
    this.heading.textContent = app.say("view.run.heading");
    this.how.textContent = ended(app, follower);
    this.renew.textContent = app.say("view.run.renew");
    this.renew.hidden = !follower.fresh;
    this.remarks.replaceChildren(...remarks.map((text) => make("li", {}, text)));
    this.words.textContent = app.say("view.run.remarks");
    this.words.hidden = this.remarks.hidden = !remarks.length;
    this.reader.hidden = this.pictures.hidden = !rows.length;
    if (!rows.length) return;
    this.#curves(rows);
    this.#row(rows);
  }

  #curves(rows) {
    const { app } = this;
    const column = "epoch" in rows.at(-1) ? "epoch" : "iteration";
    const at = rows.map((row) => row[column]);
    const spread = at.at(-1) > LONG * rows.length;
    const x = spread
      ? counting(at.at(-1))
      : linear(Math.min(at[0], 1), Math.max(at.at(-1), at[0] + 1));
    const title = column === "epoch" ? app.say("view.run.epoch") : app.say("view.run.iteration");
    const pictures = picturesOf(app, rows);
    for (const [key, { name, columns, log }] of Object.entries(pictures)) {
      const values = columns.map(([id]) => rows.map((row) => number(row[id])));
      const y = fitting(values.flat(), { log });
      if (!y) continue;
      const chart = this.#chart(key);
      const wide = chart.frame.width;
      const lines = columns.map(([, label], k) => ({
        label,
        points: thinned(values[k], x, wide, (row) => at[row]),
      }));
      const ring = key === "loss" ? this.#best(rows, columns) : null;
      chart.draw({
        x,
        y,
        lines,
        cursor: this.#at === null ? null : at[this.#chosen(rows)],
        marks: ring ? [ring] : [],
        titles: { x: title, y: name },
        summary: summary(app, name, columns, rows),
      });
    }
    const shown = Object.keys(pictures).map((key) => this.#chart(key).node);
    if (shown.some((node, k) => this.pictures.children[k] !== node))
      this.pictures.replaceChildren(...shown);
  }

  #chart(key) {
    if (!this.#charts.has(key)) this.#charts.set(key, new Chart({ height: 200 }));
    return this.#charts.get(key);
  }

  /** The ring around the best epoch: on the validation's curve, where there is one. */
  #best(rows, columns) {
    const { best } = this.follower;
    const row = best === null ? null : rows.find(({ epoch }) => epoch === best);
    if (!row) return null;
    const id = columns.at(-1)[0];
    const title = this.app.say("view.run.best", { epoch: grouped(best) });
    return { x: best, y: number(row[id]), kind: "ring", title };
  }

  // ---- one row, read out --------------------------------------------------------------------------

  #chosen(rows) {
    return this.#at === null ? rows.length - 1 : Math.min(this.#at, rows.length - 1);
  }

  #row(rows) {
    const { app } = this;
    const at = this.#chosen(rows);
    const row = rows[at];
    this.slider.max = rows.length - 1;
    this.slider.value = at;
    const where =
      "epoch" in row
        ? app.say("view.run.at.epoch", { at: grouped(row.epoch) })
        : app.say("view.run.at.iteration", { at: grouped(row.iteration) });
    this.reading.textContent = where;
    const said = Object.values(picturesOf(app, rows)).map(({ name, columns }) => {
      const there = columns.filter(([id]) => id in row);
      const each = there.map(([id, label]) => `${label} ${app.print(number(row[id]), 6)}`.trim());
      return [name, listed(app.lang, each)];
    });
    const lines = said.map(([name, values]) =>
      make("tr", {}, make("th", { scope: "row" }, name), make("td", {}, values)),
    );
    this.numbers.replaceChildren(...lines);
    const spoken = listed(
      app.lang,
      said.map((parts) => parts.join(" ")),
    );
    this.slider.setAttribute("aria-valuetext", `${where}${COLON[app.lang]}${spoken}`);
  }
}

/** Which pictures there are, of which columns: [id, label]. */
function picturesOf(app, rows) {
  const known = new Set(rows.flatMap(Object.keys));
  const pair = (id) => {
    const both = known.has(`val_${id}`);
    const own = [id, both ? app.say("view.run.training") : ""];
    return both ? [own, [`val_${id}`, app.say("view.run.validation")]] : [own];
  };
  const layers = (id) =>
    [...known]
      .filter((name) => name.startsWith(id))
      .map((name) => [name, app.say("view.run.layer", { layer: name.slice(id.length) })]);
  const found = {
    loss: { name: app.say("view.run.loss"), columns: pair("loss"), log: "auto" },
    accuracy: { name: app.say("view.run.accuracy"), columns: pair("accuracy"), log: false },
    rmse: { name: app.say("view.run.rmse"), columns: pair("rmse"), log: "auto" },
    learning_rate: {
      name: app.say("view.run.rate"),
      columns: [["learning_rate", ""]],
      log: "auto",
    },
    gradient_norm: {
      name: app.say("view.run.gradients"),
      columns: layers("gradient_norm_"),
      log: true,
    },
    update_ratio: {
      name: app.say("view.run.updates"),
      columns: layers("update_ratio_"),
      log: true,
    },
    dead: { name: app.say("view.run.dead"), columns: layers("dead_"), log: false },
    saturated: { name: app.say("view.run.saturated"), columns: layers("saturated_"), log: false },
  };
  const shares = ["dead", "saturated"]; // worth a picture where there are any
  const some = (columns) => columns.some(([id]) => rows.some((row) => row[id] > 0));
  const there = ([key, { columns }]) =>
    columns.length && known.has(columns[0][0]) && (!shares.includes(key) || some(columns));
  return Object.fromEntries(Object.entries(found).filter(there));
}

/** A picture in words: where each of its lines begins and ends. */
function summary(app, name, columns, rows) {
  const parts = columns.map(([id, label]) => {
    const values = rows.filter((row) => id in row).map((row) => number(row[id]));
    const [first, last] = [values[0], values.at(-1)].map((v) => app.print(v, 4));
    return app.say("view.run.line", { label: label || name, first, last });
  });
  return `${name}${COLON[app.lang]}${listed(app.lang, parts)}`;
}

/** How it ended, or that it trains. */
function ended(app, { live, lost, best, reason, rows }) {
  const said = [];
  if (live) said.push(app.say("view.run.live"));
  else if (reason) said.push(app.say("view.run.stopped", { reason }));
  else if (app.source.serves) said.push(app.say("view.run.silent"));
  if (lost) said.push(app.say("view.run.lost"));
  if (rows.some(({ epoch }) => epoch === best))
    said.push(app.say("view.run.best", { epoch: grouped(best) }));
  if (!rows.length) said.push(app.say("view.run.empty"));
  return together(app.lang, said);
}

/** JSON has no infinity: it comes as text. */
function number(value) {
  const named = { inf: Infinity, "-inf": -Infinity };
  return typeof value === "string" ? (named[value] ?? NaN) : (value ?? NaN);
}
