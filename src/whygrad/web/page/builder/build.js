/** Build your own: layers, neurons, activations, loss, by mouse or keyboard; a server makes it. */

import { make } from "whygrad/dom.js";
import { Draft, MOST_LAYERS, MOST_NEURONS, MOST_SAMPLES } from "whygrad/builder/draft.js";
import { dialog } from "whygrad/head/menu.js";
import { openNetwork } from "whygrad/head/opening.js";
import { advised } from "whygrad/refused.js";
import { named, Spoken } from "whygrad/spoken.js";

const LOSSES = {
  half_squared_error: "view.build.half_squared_error",
  squared_error: "view.build.squared_error",
  mean_squared_error: "view.build.mean_squared_error",
  sum_squared_error: "view.build.sum_squared_error",
  absolute_error: "view.build.absolute_error",
  mean_absolute_error: "view.build.mean_absolute_error",
  huber: "view.build.huber",
  binary_cross_entropy: "view.build.binary_cross_entropy",
  binary_cross_entropy_with_logits: "view.build.binary_cross_entropy_with_logits",
  poisson_nll: "view.build.poisson_nll",
  softmax_cross_entropy: "view.build.softmax_cross_entropy",
};
const BIASES = {
  per_neuron: "view.build.per_neuron",
  shared: "view.build.shared",
  none: "view.build.none",
};

let builder = null;

/** Opens the builder at the network that is shown. @param {import("whygrad/main.js").App} app */
export function openBuilder(app) {
  builder ??= new Builder(app);
  builder.open();
}

class Builder {
  /** @param {import("whygrad/main.js").App} app */
  constructor(app) {
    this.app = app;
    this.spoken = new Spoken(app);
    this.diagram = make("div", { class: "diagram scroll" });
    this.size = make("p", { "aria-live": "polite" });
    this.refused = make("div", { class: "bad", role: "alert" });
    const title = this.spoken.text(make("h2"), "view.build.title");
    const close = this.spoken.text(make("button"), "view.close");
    const body = app.source.serves ? this.#workbench() : [this.#sentence()];
    this.element = dialog(title, close, ...body);
    this.element.classList.add("builder");
    app.on(() => this.element.open && this.#draw());
  }

  open() {
    const { app } = this;
    if (app.source.serves) this.draft = app.model ? Draft.of(app) : Draft.fresh(app);
    this.refused.textContent = "";
    this.#draw();
    this.element.showModal();
  }

  /** Where there is no server: what would be needed. */
  #sentence() {
    const said = this.spoken.text(make("span"), "view.build.needs");
    return make("p", {}, said, " ", make("code", {}, "whygrad serve"));
  }

  #workbench() {
    const { spoken } = this;
    const choose = (change) => () => this.#change(change);
    const select = (names, onchange) => {
      const said = ([value, id]) => spoken.text(make("option", { value }), id);
      return make("select", { onchange }, ...Object.entries(names).map(said));
    };
    const learn = choose((draft) => (draft.training.train_bias = this.learns.checked));
    this.loss = select(LOSSES, choose((draft) => draft.lose(this.loss.value)));
    this.bias = select(BIASES, choose((draft) => (draft.bias = this.bias.value)));
    this.learns = make("input", { type: "checkbox", onchange: learn });
    this.samples = new Counter(this, {
      least: 1,
      most: MOST_SAMPLES,
      less: "view.build.sample.less",
      more: "view.build.sample.more",
      of: (draft) => draft.samples,
      take: (draft, count) => (draft.samples = count),
    });
    const make_it = make("button", { class: "main", onclick: () => this.#make() });
    this.button = spoken.text(make_it, "view.build.make");
    const label = (id, control) => make("label", {}, spoken.text(make("span"), id), control);
    const samples = spoken.text(make("span"), "view.build.samples");
    return [
      spoken.text(make("p", { class: "pale" }), "view.build.how"),
      this.diagram,
      make(
        "div",
        { class: "choices" },
        label("view.build.loss", this.loss),
        label("view.build.bias", this.bias),
        label("view.build.learns", this.learns),
        make("span", { class: "row" }, samples, this.samples.element),
      ),
      make("div", { class: "row" }, this.button, this.size),
      this.refused,
    ];
  }

  #change(change) {
    change(this.draft);
    this.#draw();
  }

  async #make() {
    const { app } = this;
    this.button.disabled = true;
    await openNetwork(app, this.draft.spec());
    this.button.disabled = false;
    if (app.trouble) {
      const lines = advised(app, app.trouble);
      this.refused.replaceChildren(...lines.map((text) => make("p", {}, text)));
      return;
    }
    this.element.close();
    app.announce(app.say("view.build.made", { sizes: this.draft.layers.join("-") }));
  }

  // ---- how it is drawn --------------------------------------------------------------------------

  #draw() {
    this.spoken.draw();
    const { app, draft } = this;
    if (!draft) return;
    const focused = document.activeElement.dataset.key;
    this.diagram.replaceChildren(...this.#columns());
    if (focused) this.#focus(focused);
    this.loss.value = draft.loss;
    this.bias.value = draft.bias;
    this.learns.checked = draft.training.train_bias;
    this.samples.draw();
    const most = draft.rules.parameters;
    const large = draft.parameters > most;
    const said = { sizes: draft.layers.join("-"), count: draft.parameters, most };
    this.size.textContent = app.say(large ? "view.build.large" : "view.build.size", said);
    this.size.classList.toggle("bad", large);
    this.button.disabled = large;
  }

  /** The button that was pressed keeps the focus; where it is gone or of no use, one beside it. */
  #focus(key) {
    const [kind, layer] = key.split(" ");
    const keys = [key, `more ${layer}`, `less ${layer}`, `insert ${layer}`, `${kind} ${layer - 1}`];
    const usable = (one) => this.diagram.querySelector(`[data-key="${one}"]:not(:disabled)`);
    keys.map(usable).find(Boolean)?.focus();
  }

  #columns() {
    const last = this.draft.columns.length - 1;
    return this.draft.columns.flatMap((column, k) => {
      const drawn = this.#column(column, k, last);
      return k < last ? [drawn, this.#between(k)] : [drawn];
    });
  }

  #column({ size, activation }, k, last) {
    const { app } = this;
    const name = this.#name(k, last);
    const resize = (to) => this.#change((draft) => draft.resize(k, to));
    const fewer = app.say("view.build.less", { layer: name });
    const further = app.say("view.build.more", { layer: name });
    const less = this.#button(`less ${k}`, "−", fewer, () => resize(size - 1));
    const more = this.#button(`more ${k}`, "＋", further, () => resize(size + 1));
    less.disabled = size === 1;
    more.disabled = size === MOST_NEURONS;
    const dots = make("div", { class: "dots" }, ...Array.from({ length: size }, () => make("i")));
    const tools = make("div", { class: "row" }, less, make("b", {}, String(size)), more);
    const parts = [make("strong", {}, name), dots, tools];
    if (k > 0) parts.push(this.#activation(activation, k, name));
    if (k > 0 && k < last) {
      const remove = () => this.#change((draft) => draft.remove(k));
      const label = app.say("view.build.remove", { layer: name });
      const button = this.#button(`remove ${k}`, app.say("view.build.remove.short"), label, remove);
      parts.push(button);
    }
    return make("div", { class: "column", role: "group", "aria-label": name }, ...parts);
  }

  #name(k, last) {
    if (k === 0) return this.app.say("view.build.inputs");
    if (k === last) return this.app.say("view.build.outputs");
    return this.app.say("view.build.hidden", { layer: k });
  }

  #activation(present, k, name) {
    const take = ({ target }) => this.#change((draft) => draft.activate(k, target.value));
    const option = (value) => make("option", { value, selected: value === present }, value);
    const options = this.draft.activations(k).map(option);
    const label = this.app.say("view.build.activation", { layer: name });
    const about = { onchange: take, "aria-label": label, "data-key": `activation ${k}` };
    return make("select", about, ...options);
  }

  /** A layer more may stand between two. */
  #between(k) {
    const label = this.app.say("view.build.insert");
    const insert = () => this.#change((draft) => draft.insert(k));
    const button = this.#button(`insert ${k}`, "＋", label, insert);
    button.disabled = this.draft.columns.length >= MOST_LAYERS;
    return make("div", { class: "between" }, button);
  }

  #button(key, sign, label, onclick) {
    const button = make("button", { "data-key": key, onclick }, sign);
    named(button, label);
    return button;
  }
}

/** A small whole number with a button less and a button more. */
class Counter {
  constructor(builder, options) {
    this.builder = builder;
    this.options = options;
    const { spoken } = builder;
    const step = (by) => () => {
      options.take(builder.draft, options.of(builder.draft) + by);
      this.draw();
    };
    this.less = spoken.label(make("button", { onclick: step(-1) }, "−"), options.less);
    this.more = spoken.label(make("button", { onclick: step(1) }, "＋"), options.more);
    this.count = make("b", { "aria-live": "polite" });
    this.element = make("span", { class: "row" }, this.less, this.count, this.more);
  }

  draw() {
    const { least, most, of } = this.options;
    const count = of(this.builder.draft);
    this.count.textContent = String(count);
    this.less.disabled = count <= least;
    this.more.disabled = count >= most;
  }
}
