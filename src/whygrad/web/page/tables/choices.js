/** How the network learns, and what it starts from: rate, order, activations, other weights. */

import { make } from "whygrad/dom.js";
import { NumberField } from "whygrad/tables/entry.js";
import { generator, weight } from "whygrad/tables/seeded.js";
import { named, Spoken } from "whygrad/spoken.js";

export class Choices {
  /** @param {import("whygrad/tables/edits.js").Numbers} numbers */
  constructor(numbers) {
    this.numbers = numbers;
    this.app = numbers.app;
    this.spoken = new Spoken(this.app);
    this.element = make(
      "div",
      { class: "choices" },
      this.#rate(),
      this.#order(),
      ...(this.app.model.several ? [this.#mode()] : []),
      ...this.#activations(),
      this.#random(),
    );
  }

  draw() {
    const { app, numbers, spoken } = this;
    const { model, state } = app;
    spoken.draw();
    this.rate.show(model.rate(state), app.say("view.choices.rate"));
    this.rateBack.hidden = state.rate === null;
    named(this.rateBack, this.#back("view.choices.rate", app.lesson.training.learning_rate));
    this.order.value = model.order(state);
    if (this.mode) this.mode.value = state.batch ? "batch" : "sample";
    this.selects.forEach((select, k) => {
      const layer = k + 1;
      select.value = model.activation(layer, state);
      select.parentElement.classList.toggle("edited", layer in state.activations);
      select.previousElementSibling.textContent = app.say("view.choices.activation", { layer });
    });
    this.rate.element.classList.toggle("edited", state.rate !== null);
    this.order.parentElement.classList.toggle("edited", state.order !== null);
    this.seed.show(this.drawn ?? 1, app.say("view.choices.seed"));
    this.#sayDrawn(numbers);
  }

  #back(id, number) {
    const { app } = this;
    return app.say("view.number.reset", { name: app.say(id), number: app.print(number) });
  }

  // ---- how it learns ----------------------------------------------------------------------------

  #labelled(id, ...controls) {
    return make("label", {}, this.spoken.text(make("span"), id), ...controls);
  }

  #rate() {
    const { app } = this;
    const own = (rate) => (rate === app.lesson.training.learning_rate ? null : rate);
    this.rate = new NumberField(app, {
      take: (rate, how) => app.set({ rate: own(rate) }, how),
      refuse: (rate) => (rate > 0 ? null : "view.number.rate"),
      least: 0,
    });
    const back = () => app.set({ rate: null });
    this.rateBack = make("button", { class: "reset", onclick: back }, "↺");
    const label = this.#labelled("view.choices.rate", this.rate.element);
    return make("span", { class: "value" }, label, this.rateBack);
  }

  #order() {
    const { app } = this;
    const take = () => {
      const order = this.order.value;
      app.set({ order: order === app.lesson.training.update_order ? null : order });
    };
    const options = {
      simultaneous: "view.choices.simultaneous",
      sequential: "view.choices.sequential",
    };
    this.order = this.#select(options, take);
    return this.#labelled("view.choices.order", this.order);
  }

  #mode() {
    const { app } = this;
    const take = () => app.set({ batch: this.mode.value === "batch" });
    const options = { batch: "view.choices.batch", sample: "view.choices.sample" };
    this.mode = this.#select(options, take);
    return this.#labelled("view.choices.mode", this.mode);
  }

  /** One of a few values, each with its sentence. */
  #select(options, take) {
    const option = ([value, id]) => this.spoken.text(make("option", { value }), id);
    return make("select", { onchange: take }, ...Object.entries(options).map(option));
  }

  #activations() {
    const { app } = this;
    const given = app.lesson.network.activations;
    this.selects = given.map((present, k) => {
      const layer = k + 1;
      const names = app.model.activations(layer);
      const take = ({ target }) => {
        const activations = { ...app.state.activations, [layer]: target.value };
        if (target.value === present) delete activations[layer];
        app.set({ activations });
      };
      const options = names.map((name) => make("option", { value: name }, name));
      return make("select", { onchange: take, disabled: names.length < 2 }, ...options);
    });
    return this.selects.map((select) => make("label", {}, make("span"), select));
  }

  // ---- what it starts from ----------------------------------------------------------------------

  #random() {
    const { app, spoken } = this;
    this.seed = new NumberField(app, {
      take: (seed) => this.#begin(seed),
      refuse: (seed) => (seed >>> 0 === seed ? null : "view.number.seed"),
      least: 1,
    });
    this.seed.input.classList.add("short");
    const others = () => this.#begin(this.drawn === null ? 1 : this.drawn + 1);
    const button = make("button", { onclick: others });
    this.drawn = null;
    this.said = make("span", { class: "pale" });
    return make(
      "span",
      { class: "row tools" },
      spoken.text(button, "view.choices.random"),
      this.#labelled("view.choices.seed", this.seed.element),
      this.said,
    );
  }

  /** Begins again with the weights of a seed, as one change. */
  #begin(seed) {
    this.drawn = seed;
    const edits = this.numbers.with(this.#weightsOf(seed));
    this.app.set({ edits, it: 0 });
  }

  /** The weights of a seed by name; biases that learn begin at 0, others stay as they are. */
  #weightsOf(seed) {
    const random = generator(seed);
    const { program } = this.numbers;
    const found = {};
    for (const id of program.groups.simultaneous.flat()) {
      const { names, shape, role } = program.node.get(id);
      for (const name of names) {
        found[name] = role === "weight" ? weight(random, shape[1], shape[0]) : 0;
      }
    }
    return found;
  }

  /** Whose weights these are: said only as long as they are. */
  #sayDrawn(numbers) {
    const { app, drawn } = this;
    const key = `${app.lang} ${drawn} ${JSON.stringify(app.state.edits)}`;
    if (this.saidOf === key) return;
    this.saidOf = key;
    const weights = drawn === null ? [] : Object.entries(this.#weightsOf(drawn));
    const theirs = weights.every(([name, value]) => numbers.start(name) === value);
    const said = weights.length && theirs;
    this.said.textContent = said ? app.say("view.choices.drawn", { seed: drawn }) : "";
  }
}
