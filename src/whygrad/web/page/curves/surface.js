/** What the network computes: the surface of an output over two inputs, or its curve over one. */

import { make } from "whygrad/dom.js";
import { Curve } from "whygrad/curves/curve.js";
import { Evaluated } from "whygrad/curves/evaluated.js";
import { Field, roomAround } from "whygrad/curves/field.js";
import { listed, together } from "whygrad/words.js";

const REST = 250; // milliseconds without a change, before it is drawn where nobody sees it
const LISTED = 8; // samples whose outputs are said one by one

/** @param {HTMLElement} root @param {import("whygrad/main.js").App} app */
export function mount(root, app) {
  const view = new Surface(app, new Evaluated(app));
  root.append(...view.nodes);
  let timer = null;
  let waits = false;
  let visible = true;
  const soon = () => {
    clearTimeout(timer);
    if (waits) return;
    waits = true;
    requestAnimationFrame(() => {
      waits = false;
      // Else another lesson is on its way, or there by now.
      if (!root.hidden && app.model === app.now.model) view.draw();
    });
  };
  new IntersectionObserver(([entry]) => (visible = entry.isIntersecting)).observe(root);
  app.on(() => {
    root.hidden = app.lesson.network.layers[0] > 2;
    if (root.hidden) return;
    if (visible) return soon();
    clearTimeout(timer);
    timer = setTimeout(soon, REST);
  });
}

/** A picture with its words, of whatever can say what there is to be seen. */
export class Surface {
  #output = 0;

  /**
   * @param {import("whygrad/main.js").App} app
   * @param {import("whygrad/curves/evaluated.js").Subject} subject
   */
  constructor(app, subject) {
    Object.assign(this, { app, subject });
    this.heading = make("h2");
    this.select = make("select", { onchange: () => this.#choose() });
    this.asked = make("span");
    this.choice = make("label", { class: "row tools" }, this.asked, this.select);
    this.place = make("div", { class: "surface" });
    this.said = make("p", { class: "pale" });
    this.nodes = [this.heading, this.choice, this.place, this.said];
    this.pictures = { 1: new Curve(), 2: new Field() };
  }

  #choose() {
    this.#output = this.select.selectedIndex;
    this.draw();
  }

  draw() {
    const { app } = this;
    const { inputs, outputs } = this.subject.names;
    this.#output = Math.min(this.#output, outputs.length - 1);
    this.heading.textContent = app.say("view.surface.heading");
    this.choice.hidden = outputs.length < 2;
    this.asked.textContent = app.say("view.surface.output");
    this.#options(outputs.map((name, k) => labelled(app, name, k)));
    const picture = this.pictures[inputs.length];
    if (this.place.firstChild !== picture.node) this.place.replaceChildren(picture.node);
    const seen = this.#seen(inputs, outputs);
    picture.draw(seen);
    this.said.textContent = told(app, seen, picture.extent);
  }

  #options(names) {
    const { options } = this.select;
    if (
      names.some((name, k) => options[k]?.textContent !== name) ||
      options.length !== names.length
    ) {
      this.select.replaceChildren(...names.map((name) => make("option", {}, name)));
    }
    this.select.selectedIndex = this.#output;
  }

  /** All that a picture is made of. */
  #seen(names, outputs) {
    const { app, subject } = this;
    const output = this.#output;
    const samples = subject.samples(output);
    const around = (_, k) => roomAround(samples.map(({ inputs }) => inputs[k]));
    return {
      app,
      names,
      samples,
      output: outputs[output],
      axes: subject.axes ?? names.map(around),
      bounded: subject.bounded,
      evaluate: (count, points) => subject.evaluate(output, count, points),
      moved: subject.moved,
      pick: subject.pick,
    };
  }
}

/** An output with the class that it stands for, where it does. */
function labelled(app, name, output) {
  const { classes } = app.lesson;
  return classes?.length > 1 && output in classes ? `${name} (${classes[output]})` : name;
}

/** The picture in words: the least and the largest output, and those at the samples. */
function told(app, { samples, output }, { least, most }) {
  const range = app.say("view.surface.range", {
    output,
    least: app.print(least, 6),
    most: app.print(most, 6),
  });
  if (samples.length > LISTED) return range;
  const each = samples.map((sample) =>
    app.say("view.surface.sample", {
      at: sample.inputs.map((v) => app.print(v, 6)).join(", "),
      output: app.print(sample.output, 6),
      target: app.print(sample.target, 6),
    }),
  );
  const said = app.say("view.surface.samples", { each: listed(app.lang, each) });
  return together(app.lang, [range, said]);
}
