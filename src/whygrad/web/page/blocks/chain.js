/**
 * Blocks below each other in the order in which they are computed, with an arrow from each to those
 * that read it: to the next one straight down, further on (a skip connection) beside the blocks.
 */

import { draw, make, set } from "whygrad/dom.js";
import { plain } from "whygrad/blocks/figures.js";
import { enumerated, together } from "whygrad/words.js";

const DIGITS = 4;
const LANE = 12; // from one arrow beside the blocks to the next
const MOST_LANES = 8;
const SHORTEST = 0.04; // of a bar, so that the smallest is seen

/** What a block is called. */
export function blockName(app, block) {
  if (block.kind === "layer") return app.say("view.blocks.layer", { layer: block.layer });
  if (block.kind === "input" || block.kind === "loss") return app.say(`view.blocks.${block.kind}`);
  return block.id;
}

/** The blocks and their arrows; drawn anew where what is looked at has changed. */
export class Chain {
  #wires = () => {}; // draws the arrows where the blocks now are

  /**
   * @param {import("whygrad/main.js").App} app
   * @param {(block: object) => void} choose called with a block that was clicked
   */
  constructor(app, choose) {
    Object.assign(this, { app, choose });
    this.words = make("div");
    this.list = make("ol");
    this.drawing = draw("svg", { "aria-hidden": "true" });
    this.board = make("div", { class: "board" }, this.list, this.drawing);
    this.root = make("div", { class: "chain" }, this.words, this.board);
    this.sizes = new ResizeObserver(() => this.#wires());
  }

  /** @param {string|null} chosen the block that is looked at */
  draw(chosen) {
    const { app, list, drawing, board } = this;
    const { nodes } = app.lesson.blocks;
    const focused = list.contains(document.activeElement) && document.activeElement.dataset.block;
    const scale = scaleOf(nodes);
    const cards = new Map(
      nodes.map((block) => [block.id, card(app, block, scale, chosen, this.choose)]),
    );
    const arrows = edgesOf(nodes);
    const lanes = 1 + Math.max(-1, ...arrows.map(({ lane }) => lane));
    list.style.paddingLeft = lanes ? `${lanes * LANE + 10}px` : "0";
    list.replaceChildren(...[...cards.values()].map((button) => make("li", {}, button)));
    this.words.replaceChildren(...said(app, scale));
    this.#wires = () => wire(drawing, board, cards, arrows, chosen);
    this.sizes.disconnect();
    this.sizes.observe(board); // it is called once the blocks have their places
    if (focused) cards.get(focused)?.focus();
  }
}

// ---- blocks -------------------------------------------------------------------------------------

/** What the sizes are, and how the bars are to be read. */
function said(app, scale) {
  const { blocks } = app.lesson;
  const lines = [
    app.say("view.blocks.summary", {
      count: blocks.nodes.length, result: blocks.result, loss: app.print(plain(blocks.loss)),
    }),
    app.say("view.blocks.norms", {
      least: app.print(scale.least, DIGITS), most: app.print(scale.most, DIGITS),
    }),
  ];
  const idle = (kind) => blocks.nodes.some((block) => block[kind] !== null);
  if (idle("dead")) lines.push(app.say("view.blocks.dead.meaning"));
  if (idle("saturated")) lines.push(app.say("view.blocks.saturated.meaning"));
  const [summary, ...rest] = lines;
  return [make("p", {}, summary), make("p", { class: "pale how" }, together(app.lang, rest))];
}

function card(app, block, scale, chosen, choose) {
  const name = make("strong", {}, blockName(app, block));
  const made = block.op === block.id ? [] : [block.op];
  const words = [...made, ...block.group].filter(Boolean).join(" · ");
  const what = make("span", { class: "pale" }, words);
  const shape = block.shape.join(" × ") || app.say("view.blocks.number");
  const size = block.sizes?.join(" → ") ?? shape;
  const rows = [
    make("span", { class: "head" }, name, what, make("span", { class: "size" }, size)),
    own(app, block, scale),
  ];
  if (block.weights_norm !== null) {
    const gradient = block.weights_gradient_norm;
    const names = enumerated(app.lang, block.parameters);
    rows.push(measure(app, names, block.weights_norm, gradient, scale));
  }
  const idle = ["dead", "saturated"]
    .filter((kind) => block[kind] !== null)
    .map((kind) => app.say(`view.blocks.${kind}`, { share: percent(block[kind]) }));
  if (idle.length) rows.push(make("span", { class: "idle" }, idle.join(" · ")));
  if (block.inputs.length) rows.push(from(app, block));
  return make(
    "button",
    {
      type: "button", class: "block", "data-block": block.id, "data-kind": block.kind,
      "aria-pressed": String(block.id === chosen), onclick: () => choose(block),
    },
    ...rows,
  );
}

/** What it reads; in words only to those who do not see the arrow, where it is the block above. */
function from(app, block) {
  const { nodes } = app.lesson.blocks;
  const read = block.inputs.map((id) => nodes.find((other) => other.id === id));
  const above = nodes[nodes.indexOf(block) - 1];
  const plainly = read.length === 1 && read[0] === above;
  const names = enumerated(
    app.lang,
    read.map((other) => blockName(app, other)),
  );
  const said = app.say("view.blocks.from", { names });
  return make("span", { class: plainly ? "unseen" : "pale from" }, said);
}

/** The row of what a block computes; its gradient is known at the net input in a fused loss. */
function own(app, block, scale) {
  const last = block.members.at(-1);
  const name = last === block.id ? app.say("view.blocks.own") : last;
  const { gradient_at: at } = block;
  const elsewhere = at && at !== last ? ` (${at})` : "";
  return measure(app, name, block.norm, block.gradient_norm, scale, elsewhere);
}

/** A row: whose numbers, their norm, and their gradient's norm as a bar on a logarithmic scale. */
function measure(app, name, norm, gradient, scale, elsewhere = "") {
  const bar = make("span", { class: "fill" });
  const size = plain(gradient);
  bar.style.width = `${100 * scale.share(size)}%`;
  const shown = size === null ? app.say("view.blocks.none") : app.print(size, DIGITS);
  return make(
    "span", { class: "measure" },
    make("span", { class: "what" }, name),
    make("span", {}, app.say("view.blocks.values", { norm: app.print(plain(norm), DIGITS) })),
    make("span", { class: "bar" }, bar),
    make("span", {}, app.say("view.blocks.gradient", { norm: shown }) + elsewhere),
  );
}

/** The scale of all bars: from the smallest gradient norm that is not 0 to the largest. */
function scaleOf(nodes) {
  const norms = nodes
    .flatMap((block) => [plain(block.gradient_norm), plain(block.weights_gradient_norm)])
    .filter((norm) => norm > 0 && norm < Infinity);
  const [least, most] = norms.length ? [Math.min(...norms), Math.max(...norms)] : [0, 0];
  const share = (norm) => {
    if (!(norm > 0)) return 0;
    if (norm === Infinity || most === least) return 1;
    return SHORTEST + (1 - SHORTEST) * (Math.log(norm / least) / Math.log(most / least));
  };
  return { least, most, share };
}

/** A share in per cent: what is not 0 is never shown as 0, what is not all never as 100. */
function percent(share) {
  if (share > 0 && share < 0.001) return "< 0.1 %";
  if (share < 1 && share > 0.999) return "> 99.9 %";
  return `${Math.round(1000 * share) / 10} %`;
}

// ---- arrows -------------------------------------------------------------------------------------

/** From block to block by place; those that pass others by get a lane each, short ones inside. */
function edgesOf(nodes) {
  const place = new Map(nodes.map((block, k) => [block.id, k]));
  const edges = nodes.flatMap((block, to) =>
    block.inputs.map((id) => ({ from: place.get(id), to, lane: -1 })),
  );
  const taken = [];
  const far = edges.filter(({ from, to }) => to - from > 1);
  for (const edge of far.sort((a, b) => a.to - a.from - (b.to - b.from))) {
    const free = (lane) => (taken[lane] ?? []).every((e) => edge.from >= e.to || edge.to <= e.from);
    while (edge.lane < MOST_LANES - 1 && (edge.lane < 0 || !free(edge.lane))) edge.lane += 1;
    (taken[edge.lane] ??= []).push(edge);
  }
  return edges;
}

function wire(drawing, board, cards, edges, chosen) {
  const all = [...cards.values()];
  const ids = [...cards.keys()];
  const [wide, high] = [board.clientWidth, board.clientHeight];
  set(drawing, { width: wide, height: high, viewBox: `0 0 ${wide} ${high}` });
  const box = board.getBoundingClientRect();
  const spots = all.map((card) => {
    const { left, top, bottom, height } = card.getBoundingClientRect();
    return { left: left - box.left, top: top - box.top, bottom: bottom - box.top, height };
  });
  const paths = edges.map((edge) => {
    const touches = ids[edge.from] === chosen || ids[edge.to] === chosen;
    const path = draw("path", { class: touches ? "edge near" : "edge", d: way(edge, spots) });
    return draw("g", {}, path, head(edge, spots, touches));
  });
  drawing.replaceChildren(...paths);
}

/** The line of an arrow: straight down, or out, along its lane, and in again. */
function way({ from, to, lane }, spots) {
  const [start, end] = [spots[from], spots[to]];
  if (lane < 0) return `M ${end.left + 24} ${start.bottom} V ${end.top}`;
  const x = end.left - 10 - lane * LANE;
  const [y1, y2] = [start.top + start.height * 0.7, end.top + end.height * 0.3];
  const out = `M ${start.left} ${y1} H ${x + 6} Q ${x} ${y1} ${x} ${y1 + 6}`;
  return `${out} V ${y2 - 6} Q ${x} ${y2} ${x + 6} ${y2} H ${end.left}`;
}

function head({ to, lane }, spots, touches) {
  const end = spots[to];
  const [x, y] = lane < 0 ? [end.left + 24, end.top] : [end.left, end.top + end.height * 0.3];
  const down = [[x - 4, y - 6], [x + 4, y - 6], [x, y]];
  const right = [[x - 6, y - 4], [x - 6, y + 4], [x, y]];
  const points = lane < 0 ? down : right;
  return draw("polygon", { class: touches ? "edge near" : "edge", points: points.join(" ") });
}
