/**
 * The drawn network: neurons with their numbers, edges by sign and size, and the way from what is
 * looked at to the loss, with the factors that are multiplied along it.
 */

import { draw, make, set } from "whygrad/dom.js";
import { card, DIGITS, dot } from "whygrad/network/box.js";
import { edgeOf } from "whygrad/network/edge.js";
import { scene, ways } from "whygrad/network/scene.js";
import { roving } from "whygrad/roving.js";
import { Switch } from "whygrad/switch.js";
import { together } from "whygrad/words.js";

const LABELLED = 12; // edges between two layers that carry their names and numbers
const FACTORS = 16; // edges on a way that carry their factors

/** @param {HTMLElement} root @param {import("whygrad/main.js").App} app */
export function mount(root, app) {
  const tools = root.appendChild(make("div", { class: "row tools" }));
  const switches = controls(tools, app);
  const frame = root.appendChild(make("div", { class: "scroll drawing", tabindex: -1 }));
  const legend = root.appendChild(make("p", { class: "pale shows" }));
  let drawn = null;
  app.on(() => {
    const { lesson, now } = app;
    if (drawn?.lesson !== lesson || drawn.mode !== now.mode) {
      const focus = drawn?.keyboard.current;
      frame.replaceChildren();
      drawn = { lesson, mode: now.mode, ...drawing(frame, app) };
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
  return together(app.lang, words);
}

// ---- what is switched above the drawing -------------------------------------------------------------

function controls(row, app) {
  const edges = new Switch(["value", "gradient"], (value) => app.set({ edges: value }));
  const batch = new Switch([true, false], (value) => app.set({ batch: value }));
  const move = (by) =>
    app.set({ row: (app.state.row + by + app.model.samples) % app.model.samples });
  const back = make("button", { text: "◀", onclick: () => move(-1) });
  const which = make("output");
  const on = make("button", { text: "▶", onclick: () => move(1) });
  const several = make("span", { class: "row" }, batch.element, back, which, on);
  row.append(edges.element, several);
  return () => {
    const { state, model } = app;
    edges.draw({
      label: app.say("view.edges"),
      named: (value) => app.say(value === "value" ? "view.edges.value" : "view.edges.gradient"),
      present: state.edges,
    });
    batch.draw({
      label: app.say("view.samples"),
      named: (all) => app.say(all ? "view.samples.all" : "view.samples.one"),
      present: state.batch,
    });
    several.hidden = !model.several;
    set(which, { text: app.say("view.sample", { k: state.row + 1, n: model.samples }) });
    set(back, { "aria-label": app.say("view.sample.before") });
    set(on, { "aria-label": app.say("view.sample.next") });
  };
}

// ---- the drawing ------------------------------------------------------------------------------------

function drawing(frame, app) {
  const plan = scene(app.now, app.lesson);
  const root = frame.appendChild(
    draw("svg", { viewBox: `0 0 ${plan.width} ${plan.height}`, role: "group", class: "network" }),
  );
  root.style.setProperty("--wide", `${plan.width}px`);
  const marker = {
    id: "back",
    viewBox: "0 0 10 10",
    refX: 9,
    refY: 5,
    markerUnits: "userSpaceOnUse",
    markerWidth: 13,
    markerHeight: 13,
    orient: "auto-start-reverse",
  };
  root
    .appendChild(draw("defs"))
    .appendChild(draw("marker", marker))
    .appendChild(draw("path", { d: "M0 0 10 5 0 10z" }));
  const crowded = new Map(); // edges between two layers: more than some carry no names
  for (const e of plan.edges) crowded.set(e.head.column, (crowded.get(e.head.column) ?? 0) + 1);
  const lines = root.appendChild(draw("g"));
  const chips = root.appendChild(draw("g", { class: "chips", "aria-hidden": true }));
  const edges = plan.edges.map((e) =>
    edgeOf(e, lines, chips, app, crowded.get(e.head.column) <= LABELLED),
  );
  const boxes = plan.boxes.map((b) =>
    (plan.dots && b.kind !== "loss" && b.kind !== "bias" ? dot : card)(
      b,
      root.appendChild(draw("g")),
      app,
    ),
  );
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
  return {
    id: node.role === "bias" && !shared ? `net${node.layer}` : place.id,
    flat: place.flat,
    node,
    position: place.flat % wide,
    at,
  };
}

/** Neurons column by column, and between two columns the edges that lead from one to the other. */
function bands(plan, edges, boxes) {
  const found = [];
  const put = (band, element, y) => (found[band] ??= []).push({ element, y });
  plan.boxes.forEach((b, k) =>
    boxes[k].items.forEach((item, j) => put(2 * b.column, item, b.y + j)),
  );
  plan.edges.forEach((e, k) => {
    if (edges[k].item) put(2 * e.tail.column + 1, edges[k].item, (e.tail.y + e.head.y) / 2);
  });
  return found.filter(Boolean).map((band) => band.sort((a, b) => a.y - b.y));
}
