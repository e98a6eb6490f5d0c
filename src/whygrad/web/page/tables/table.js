/** The numbers of the network as tables: samples, weights and biases, and how it learns. */

import { grouped } from "whygrad/arithmetic/numbers.js";
import { openBuilder } from "whygrad/builder/build.js";
import { Choices } from "whygrad/tables/choices.js";
import { make } from "whygrad/dom.js";
import { changed, Numbers } from "whygrad/tables/edits.js";
import { Samples } from "whygrad/tables/samples.js";
import { Spoken } from "whygrad/spoken.js";
import { Weights } from "whygrad/tables/weights.js";

/** @param {HTMLElement} root @param {import("whygrad/main.js").App} app */
export function mount(root, app) {
  const spoken = new Spoken(app);
  let tables = null;
  const back = () => app.set({ edits: {}, activations: {}, rate: null, order: null });
  const reset = spoken.text(make("button", { onclick: back }), "view.numbers.reset");
  const here = () => app.set({ edits: tables.numbers.with(tables.numbers.present()), it: 0 });
  const start = spoken.text(make("button", { onclick: here }), "view.numbers.here");
  const build = make("button", { onclick: () => openBuilder(app) });
  const made = make("p");
  const moved = make("div", { class: "notice row" }, made, start);
  const title = spoken.text(make("h2"), "view.numbers.title");
  const group = (id) => {
    const heading = spoken.text(make("h3"), id);
    const body = make("div");
    const element = make("details", { open: true }, make("summary", {}, heading), body);
    return { element, body };
  };
  const [samples, weights, choices] = [
    group("view.numbers.samples"),
    group("view.numbers.weights"),
    group("view.numbers.learning"),
  ];
  root.replaceChildren(
    make("div", { class: "row heading" }, title, reset, spoken.text(build, "view.numbers.build")),
    moved,
    choices.element,
    samples.element,
    weights.element,
  );

  app.on(() => {
    if (tables?.lesson !== app.lesson) {
      tables = tablesOf(app);
      samples.body.replaceChildren(tables.samples.element);
      weights.body.replaceChildren(tables.weights.element);
      choices.body.replaceChildren(tables.choices.element);
    }
    spoken.draw();
    reset.disabled = !changed(app.state);
    moved.hidden = app.state.it === 0;
    if (!moved.hidden) {
      made.textContent = app.say("view.numbers.moved", { count: grouped(app.state.it) });
    }
    for (const part of [tables.samples, tables.weights, tables.choices]) part.draw();
  });
}

function tablesOf(app) {
  const numbers = new Numbers(app);
  const parts = [new Samples(numbers), new Weights(numbers), new Choices(numbers)];
  const [samples, weights, choices] = parts;
  return { lesson: app.lesson, numbers, samples, weights, choices };
}
