/**
 * The drawn network: neurons with their numbers, edges by sign and size, and the way from what is
 * looked at to the loss, with the factors that are multiplied along it.
 */

import { roving } from "whygrad/roving.js";
import { scene, ways } from "whygrad/scene.js";
import { known, parts } from "whygrad/sequence.js";
import { html, set, svg } from "whygrad/svg.js";

const DIGITS = 6; // of the numbers in the drawing; the derivation beside it has all nine
const LONGEST = 9; // signs of a number in a box
const LABELLED = 12; // edges between two layers that carry their names and numbers
const FACTORS = 16; // edges on a way that carry their factors
const [THIN, THICK] = [1, 7];
const SIGN = 7.1; // the room of a sign in a chip

/** @param {HTMLElement} root @param {import("whygrad/main.js").App} app */
export function mount(root, app) {
  const tools = html("div", { class: "row tools" }, root);
  const switches = controls(tools, app);
  const frame = html("div", { class: "scroll drawing" }, root);
  const legend = html("p", { class: "pale shows" }, root);
  let drawn = null;
  app.on(() => {
    const structure = JSON.stringify([app.lesson.network.layers, app.now.mode, app.lesson.title]);
    if (drawn?.structure !== structure) {
      const focus = drawn?.keyboard.current;
      frame.replaceChildren();
      drawn = { structure, ...drawing(frame, app) };
      if (focus) drawn.keyboard.keep(focus);
    }
    switches();
    drawn.update();
    set(legend, { text: said(app, drawn.most()) });
  });
}

/** What the edges show, and of which sample the neurons are. */
function said(app, most) {
  const edges = app.state.edges === "value" ? "view.legend.value" : "view.legend.gradient";
  const words = [app.say(edges, { most: app.print(most, DIGITS) })];
  if (app.now.mode === "batch") {
    words.push(app.say("view.legend.batch", { k: app.state.row + 1, n: app.model.samples }));
  }
  return words.join(" ");
}

// ---- what is switched above the drawing -------------------------------------------------------------

function controls(row, app) {
  const update = [];
  choice(row, app, "view.edges", ["value", "gradient"], "edges", "view.edges.", update);
  const samples = html("span", { class: "row" }, row);
  const many = html("span", { class: "switch", role: "group" }, samples);
  for (const batch of [true, false]) {
    const button = html("button", { onclick: () => app.set({ batch }) }, many);
    update.push(() =>
      set(button, {
        text: app.say(batch ? "view.samples.all" : "view.samples.one"),
        "aria-pressed": String(app.state.batch === batch),
      }),
    );
  }
  const move = (by) => app.set({ row: (app.state.row + by + app.model.samples) % app.model.samples });
  const back = html("button", { text: "◀", onclick: () => move(-1) }, samples);
  const which = html("output", {}, samples);
  const on = html("button", { text: "▶", onclick: () => move(1) }, samples);
  update.push(() => {
    samples.hidden = !app.model.several;
    set(many, { "aria-label": app.say("view.samples") });
    set(which, { text: app.say("view.sample", { k: app.state.row + 1, n: app.model.samples }) });
    set(back, { "aria-label": app.say("view.sample.before") });
    set(on, { "aria-label": app.say("view.sample.next") });
  });
  return () => update.forEach((f) => f());
}

function choice(row, app, label, values, name, words, update) {
  const group = html("span", { class: "switch", role: "group" }, row);
  for (const value of values) {
    const button = html("button", { onclick: () => app.set({ [name]: value }) }, group);
    update.push(() => {
      set(group, { "aria-label": app.say(label) });
      const pressed = String(app.state[name] === value);
      set(button, { text: app.say(words + value), "aria-pressed": pressed });
    });
  }
}

// ---- the drawing ------------------------------------------------------------------------------------

function drawing(frame, app) {
  const plan = scene(app.now, app.lesson);
  const root = svg("svg", { viewBox: `0 0 ${plan.width} ${plan.height}`, role: "group", class: "network" }, frame);
  root.style.setProperty("--wide", `${plan.width}px`);
  const marker = { id: "back", viewBox: "0 0 10 10", refX: 9, refY: 5, markerUnits: "userSpaceOnUse", markerWidth: 13, markerHeight: 13, orient: "auto-start-reverse" };
  svg("path", { d: "M0 0 10 5 0 10z" }, svg("marker", marker, svg("defs", {}, root)));
  const crowded = new Map(); // edges between two layers: more than some carry no names
  for (const e of plan.edges) crowded.set(e.head.column, (crowded.get(e.head.column) ?? 0) + 1);
  const lines = svg("g", {}, root);
  const chips = svg("g", { class: "chips" }, root);
  const edges = plan.edges.map((e) => edgeOf(e, lines, chips, app, crowded.get(e.head.column) <= LABELLED));
  const boxes = plan.boxes.map((b) => (plan.dots && b.kind !== "loss" && b.kind !== "bias" ? dot : card)(b, svg("g", {}, root), app));
  const keyboard = roving(root, bands(plan, edges, boxes));
  const most = () => Math.max(...edges.map((e) => Math.abs(e.size() ?? 0)), 0);
  return {
    keyboard,
    most,
    update() {
      set(root, { "aria-label": app.say("view.network.label") });
      const from = origin(app);
      const way = from && ways(plan, from);
      const few = way && way.edges.size <= FACTORS;
      root.classList.toggle("chosen", Boolean(way));
      root.classList.toggle("stepping", app.state.step !== null && !way);
      const biggest = most();
      for (const e of edges) e.update(biggest, way, few);
      for (const b of boxes) b.update(way, few);
    },
  };
}

/** What is looked at, as a place in the drawing; null where it is none. */
function origin(app) {
  const place = app.state.at && app.now.place(app.state.at);
  if (!place) return null;
  const node = app.now.program.node.get(place.id);
  const wide = node.shape.at(-1) ?? 1;
  const at = node.role === "weight" ? [Math.floor(place.flat / wide), place.flat % wide] : null;
  const shared = node.role === "bias" && !node.shape.length;
  return { id: node.role === "bias" && !shared ? `net${node.layer}` : place.id, flat: place.flat, node, position: place.flat % wide, at };
}

/** Neurons column by column, and between two columns the edges that lead from one to the other. */
function bands(plan, edges, boxes) {
  const found = [];
  const put = (band, element, y) => (found[band] ??= []).push({ element, y });
  plan.boxes.forEach((b, k) => boxes[k].items.forEach((item, j) => put(2 * b.column, item, b.y + j)));
  plan.edges.forEach((e, k) => {
    if (edges[k].item) put(2 * e.tail.column + 1, edges[k].item, (e.tail.y + e.head.y) / 2);
  });
  return found.filter(Boolean).map((band) => band.sort((a, b) => a.y - b.y));
}

// ---- lines ------------------------------------------------------------------------------------------

function edgeOf(edge, lines, chips, app, labelled) {
  const { tail, head } = edge;
  const [x1, x2] = [tail.x + tail.width / 2, head.x - head.width / 2];
  const [y1, y2] = [tail.y, head.y];
  const group = svg("g", { class: `edge ${edge.kind}` }, lines);
  const weight = edge.kind === "weight";
  const hit = weight ? svg("line", { x1, y1, x2, y2, class: "hit", role: "button", tabindex: -1 }, group) : null;
  const line = svg("line", { x1, y1, x2, y2 }, group);
  const name = () => (weight ? app.now.program.node.get(edge.id).names[edge.at[0] * app.lesson.network.layers[tail.layer] + edge.at[1]] : null);
  hit?.addEventListener("click", () => app.look(name(), aboutNow(app)));
  const along = 0.38; // near the tail, where the lines of a neuron have parted already
  const chip = chipAt(chips, x1 + (x2 - x1) * along, y1 + (y2 - y1) * along);
  if (hit) chip.group.addEventListener("click", () => app.look(name(), aboutNow(app)));
  return {
    item: hit,
    size: () => (weight ? sizeOf(edge, name(), app) : null),
    update(biggest, way, few) {
      const { step } = app.state;
      const gradient = app.state.edges === "gradient";
      const size = weight && (!gradient || known(step, "gradient", head.layer)) ? sizeOf(edge, name(), app) : null;
      const on = way?.edges.has(edge.key);
      group.classList.toggle("way", Boolean(on));
      group.classList.toggle("first", Boolean(on && way.first.includes(edge.key)));
      group.classList.toggle("now", happens(step, edge));
      set(line, {
        class: size === null ? null : size < 0 ? "negative" : "positive",
        "stroke-width": size === null || !biggest ? 1.2 : THIN + (THICK - THIN) * Math.abs(size) / biggest,
      });
      const factor = on && few ? factorOn(edge, name(), way, app) : null;
      chip.show(factor ?? (labelled && !way && size !== null ? chipOf(name(), size, app) : null), app, factor !== null);
      if (hit) set(hit, { "aria-label": labelOf(edge, name(), app), "aria-pressed": String(app.state.at === name()) });
    },
  };
}

function sizeOf(edge, name, app) {
  if (app.state.edges === "value") return app.now.number(name);
  return app.now.gradients[edge.id]?.data[app.now.place(name).flat] ?? 0;
}

/** What stands on a line: the weight, its gradient, or the weight after the step. */
function chipOf(name, size, app) {
  const { id, flat } = app.now.place(name);
  const node = app.now.program.node.get(id);
  if (app.state.edges === "gradient") return [node.partials[flat], size];
  const after = app.state.step === "update" ? node.updated?.[flat] : null;
  return after ? [after, app.now.number(after)] : [name, size];
}

/** A weight's number in words, for those who do not see the line. */
function labelOf({ tail, head, id }, name, app) {
  const gradient = app.now.gradients[id]?.data[app.now.place(name).flat] ?? 0;
  return app.say("view.edge", {
    name, tail: unitName(tail, app), head: unitName(head, app),
    value: app.print(app.now.number(name), DIGITS), gradient: app.print(gradient, DIGITS),
  });
}

/** Whether the present step works along this line. */
function happens(step, edge) {
  if (!step) return false;
  const { phase, layer } = parts(step);
  const weights = edge.kind === "weight" || edge.kind === "bias";
  if (phase === "error") return !weights;
  if (phase === "update") return edge.kind === "weight";
  return weights && edge.head.layer === layer;
}

/** The factor on a line of a way: what it multiplies the gradient with on the way back. */
function factorOn(edge, name, way, app) {
  const { now } = app;
  if (!known(app.state.step, "gradient", edge.head.layer)) return null;
  if (edge.kind === "weight") {
    const first = way.first.includes(edge.key);
    const source = edge.tail.kind === "input" ? "x" : `out${edge.tail.layer}`;
    return first ? [`∂net/∂${name}`, now.number(now.name(source, edge.tail.position))] : [name, now.number(name)];
  }
  if (edge.kind === "bias") return [`∂net/∂${now.program.node.get(edge.id).names[0]}`, 1];
  return null;
}

// ---- boxes ------------------------------------------------------------------------------------------

/** A neuron, an input, a bias or an error, with its numbers in rows that can be chosen one by one. */
function card(box, group, app) {
  const left = box.x - box.width / 2;
  const top = box.y - box.height / 2;
  set(group, { class: `box ${box.kind}` });
  svg("rect", { x: left, y: top, width: box.width, height: box.height, rx: 9 }, group);
  const rows = rowsOf(box, app).map((row, k, all) => {
    const y = top + (box.height / all.length) * (k + 0.5) + 4.5 + (all.length / 2 - k - 0.5) * 1.5;
    return rowIn(group, row, left, y, box, app);
  });
  const note = svg("text", { x: box.x, y: top - 5, class: "slope", "text-anchor": "middle" }, group);
  const pill = box.kind === "unit" && app.lesson.network.bias === "per_neuron" ? biasPill(group, box, app) : null;
  return {
    items: [...rows.map((row) => row.item), ...(pill ? [pill.item] : [])],
    update(way, few) {
      const on = way?.boxes.has(box.key);
      group.classList.toggle("way", Boolean(on));
      group.classList.toggle("first", Boolean(on && way.first.includes(box.key)));
      group.classList.toggle("cut", box.kind === "unit" && !app.now.open(app.now.name(`out${box.layer}`, box.position)));
      for (const row of rows) row.update();
      pill?.update();
      set(note, { text: on && few && known(app.state.step, "gradient", box.layer) ? slope(box, app) : "" });
    },
  };
}

/** The factor of a box on a way, ∂out/∂net or ∂E/∂out; nothing where it has none of its own. */
function slope(box, app) {
  const [id, what] = box.kind === "unit" ? [`out${box.layer}`, "∂out/∂net"] : [box.id, "∂E/∂out"];
  const slopes = app.now.slopes[id];
  if (!slopes || !["unit", "error"].includes(box.kind)) return "";
  return `× ${what} ${short(slopes.data[app.now.flat(id, box.position)], app)}`;
}

/** The rows of a box: what is said, of which quantity, and from which step on. */
function rowsOf(box, app) {
  const { position } = box;
  const at = (id, kind) => () => app.now.name(id, position, kind);
  switch (box.kind) {
    case "unit":
      return [
        { title: true, word: "δ", key: at(`net${box.layer}`, "deltas"), about: "gradient", kind: "gradient" },
        { word: "net", key: at(`net${box.layer}`), about: "value", kind: "value" },
        { word: "out", key: at(`out${box.layer}`), about: "value", kind: "value" },
      ];
    case "error": {
      const target = app.now.program.node.get("y");
      const wide = target.shape.length > 1;
      return [
        { word: "", key: at(box.id), about: "value", kind: "error", named: true },
        ...(wide && app.now.program.node.get(box.id).shape.length < 2 ? [] : [{ word: app.say("view.target"), say: "view.target", key: at("y"), about: "value", kind: "value" }]),
      ];
    }
    case "loss":
      return [{ word: "", key: () => app.now.program.node.get(box.id).names[0], about: "value", kind: "error", named: true, strong: true }];
    default:
      return [{ word: "", key: box.kind === "bias" ? () => app.now.program.node.get(box.id).names[0] : at(box.id), about: "gradient", kind: "value", named: true }];
  }
}

function rowIn(group, row, left, y, box, app) {
  const item = svg("g", { role: "button", tabindex: -1, class: "cell" }, group);
  svg("rect", { x: left + 3, y: y - 14, width: box.width - 6, height: 19, rx: 4, class: "hit" }, item);
  const title = row.title ? svg("text", { x: left + 10, y, class: "title" }, group) : null;
  const word = svg("text", { x: left + (row.title ? 46 : 10), y, class: row.named ? "title" : "word" }, item);
  const number = svg("text", { x: left + box.width - 9, y, "text-anchor": "end", class: row.strong ? "number strong" : "number" }, item);
  item.addEventListener("click", () => app.look(row.key(), row.about));
  return {
    item,
    update() {
      const key = row.key();
      const there = known(app.state.step, row.kind, box.layer);
      const value = app.now.number(key);
      if (title) set(title, { text: unitName(box, app) });
      set(word, { text: row.named ? key.replace(/\[\d+\]$/, "") : row.say ? app.say(row.say) : row.word });
      set(number, { text: there ? short(value, app) : "" });
      set(item, {
        "aria-label": there ? `${key} = ${app.print(value)}` : key,
        "aria-pressed": String(app.state.at === key),
      });
    },
  };
}

/** The bias of one neuron, below its box. */
function biasPill(group, box, app) {
  const y = box.y + box.height / 2 + 15;
  const item = svg("g", { role: "button", tabindex: -1, class: "cell pill" }, group);
  svg("rect", { x: box.x - 52, y: y - 1, width: 104, height: 18, rx: 9, class: "hit" }, item);
  const text = svg("text", { x: box.x, y: y + 12, "text-anchor": "middle", class: "word" }, item);
  const name = () => app.now.program.node.get(`b${box.layer}`).names[box.position];
  item.addEventListener("click", () => app.look(name(), aboutNow(app)));
  return {
    item,
    update() {
      const shown = `${name()} ${app.print(app.now.number(name()), 4)}`;
      set(text, { text: shown });
      set(item, { "aria-label": shown, "aria-pressed": String(app.state.at === name()) });
    },
  };
}

/** A neuron of a wide layer: a dot, filled as far as its output goes. */
function dot(box, group, app) {
  const id = box.kind === "unit" ? `out${box.layer}` : box.id;
  const name = () => app.now.name(id, box.position);
  set(group, { class: `box dot ${box.kind}` });
  const item = svg("g", { role: "button", tabindex: -1, class: "cell" }, group);
  const circle = svg("circle", { cx: box.x, cy: box.y, r: box.height / 2 - 1 }, item);
  const title = svg("title", {}, item);
  const beside = svg("text", { x: box.x, y: box.y - box.height / 2 - 1, class: "word", "text-anchor": "middle" }, group);
  item.addEventListener("click", () => app.look(name(), box.kind === "error" ? "value" : "gradient"));
  return {
    items: [item],
    update(way) {
      const on = way?.boxes.has(box.key);
      const value = known(app.state.step, box.kind === "error" ? "error" : "value", box.layer) ? app.now.number(name()) : 0;
      group.classList.toggle("way", Boolean(on));
      group.classList.toggle("first", Boolean(on && way.first.includes(box.key)));
      set(circle, { class: value < 0 ? "negative" : "positive", "fill-opacity": Math.min(1, Math.abs(value)).toFixed(3) });
      const said = `${name()} = ${app.print(app.now.number(name()))}`;
      set(title, { text: said });
      set(item, { "aria-label": said, "aria-pressed": String(app.state.at === name()) });
      set(beside, { text: on && way.first.includes(box.key) ? unitName(box, app) : "" });
    },
  };
}

// ---- small things -----------------------------------------------------------------------------------

/** A name and a number on a light ground, so that lines may pass behind it. */
function chipAt(parent, x, y) {
  const group = svg("g", { class: "chip" }, parent);
  const ground = svg("rect", { y: y - 8, height: 16, rx: 4 }, group);
  const text = svg("text", { x, y: y + 4, "text-anchor": "middle" }, group);
  return {
    group,
    show(what, app, factor) {
      group.classList.toggle("factor", factor);
      const said = what ? `${factor ? "× " : ""}${what[0]} ${app.print(what[1], factor ? DIGITS : 4)}` : "";
      const wide = SIGN * said.length;
      set(text, { text: said });
      set(ground, { x: x - wide / 2, width: wide });
    },
  };
}

/** A number that fits into a box: with fewer digits where it would be long. */
function short(number, app) {
  const shown = app.print(number, DIGITS);
  return shown.length > LONGEST ? app.print(number, 3) : shown;
}

/** What a neuron is called: h1, o2, a name of the user's. */
function unitName(box, app) {
  const id = box.kind === "unit" ? `out${box.layer}` : box.id;
  const name = app.now.name(id, box.position) ?? "";
  return name.replace(/^out_/, "").replace(/\[\d+\]$/, "");
}

/** What a click asks of a number: its update in the step of updates, else its gradient. */
function aboutNow(app) {
  return app.state.step === "update" ? "update" : "gradient";
}
