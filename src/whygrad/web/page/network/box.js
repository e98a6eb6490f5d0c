/** A station of the drawn network: a neuron, an input, a bias or an error, with its numbers. */

import { draw, set } from "whygrad/dom.js";
import { known } from "whygrad/network/sequence.js";

export const DIGITS = 6; // of the numbers in the drawing; the derivation beside it has all nine
const LONGEST = 9; // signs of a number in a box
const [NAME, SHORT] = [7, 5]; // signs of a name, and beside a δ; a Chinese one counts twice

/** A neuron, an input, a bias or an error, with its numbers in rows that can be chosen one by one. */
export function card(box, group, app) {
  const left = box.x - box.width / 2;
  const top = box.y - box.height / 2;
  set(group, { class: `box ${box.kind}` });
  group.appendChild(draw("rect", { x: left, y: top, width: box.width, height: box.height, rx: 9 }));
  const rows = rowsOf(box, app).map((row, k, all) => {
    const y = top + (box.height / all.length) * (k + 0.5) + 4.5 + (all.length / 2 - k - 0.5) * 1.5;
    return rowIn(group, row, left, y, box, app);
  });
  const note = { x: box.x, class: "slope", "text-anchor": "middle" };
  const factor = group.appendChild(draw("text", { ...note, y: top - 5 }));
  const arrived = group.appendChild(draw("text", { ...note, y: top - 20 }));
  const pill =
    box.kind === "unit" && app.lesson.network.bias === "per_neuron"
      ? biasPill(group, box, app)
      : null;
  return {
    items: [...rows.map((row) => row.item), ...(pill ? [pill.item] : [])],
    update(way, few) {
      const on = way?.boxes.has(box.key);
      group.classList.toggle("way", Boolean(on));
      group.classList.toggle("first", Boolean(on && way.first.includes(box.key)));
      group.classList.toggle(
        "cut",
        box.kind === "unit" && !app.now.open(app.now.name(`out${box.layer}`, box.position)),
      );
      for (const row of rows) row.update();
      pill?.update();
      const told = on && few && known(app.state.step, "gradient", box.layer);
      set(factor, { text: told ? slope(box, app) : "" });
      set(arrived, { text: told && way.meets.includes(box.key) ? total(box, app) : "" });
    },
  };
}

/** What has come back to a neuron in which several ways meet, all together. */
function total(box, app) {
  const key = app.now.name(`out${box.layer}`, box.position, "partials");
  return `∂E/∂out ${short(app.now.number(key), app)}`;
}

/** The factor of a box on a way, ∂out/∂net or ∂E/∂out; nothing where it has none of its own. */
function slope(box, app) {
  const [id, what] = box.kind === "unit" ? [`out${box.layer}`, "∂out/∂net"] : [box.id, "∂E/∂out"];
  const slopes = app.now.slopes[id];
  if (!slopes || !["unit", "error"].includes(box.kind)) return "";
  return `× ${what} ${short(slopes.data[app.now.flat(id, box.position)], app)}`;
}

/**
 * The rows of a box by its kind. id: of the node of a number; word: what is said before it, its own
 * name where nothing is; known: what it counts as in the steps; about: what a click asks.
 */
const ROWS = {
  unit: [
    {
      word: "δ",
      id: ({ layer }) => `net${layer}`,
      of: "deltas",
      known: "gradient",
      about: "gradient",
    },
    { word: "net", id: ({ layer }) => `net${layer}`, known: "value", about: "value" },
    { word: "out", id: ({ layer }) => `out${layer}`, known: "value", about: "value" },
  ],
  error: [
    { id: (box) => box.id, known: "error", about: "value" },
    { say: "view.target", id: () => "y", known: "value", about: "value" },
  ],
  loss: [{ id: (box) => box.id, known: "error", about: "value" }],
  input: [{ id: (box) => box.id, known: "value", about: "gradient" }],
  bias: [{ id: (box) => box.id, known: "value", about: "gradient" }],
};

/** The rows that a box has: an error of a whole sample has no one target. */
function rowsOf(box, app) {
  const { program } = app.now;
  const ofSample = box.kind === "error" && program.node.get(box.id).shape.length < 2;
  const rows = ROWS[box.kind];
  return ofSample && program.node.get("y").shape.length > 1 ? rows.slice(0, 1) : rows;
}

function rowIn(group, row, left, y, box, app) {
  const item = group.appendChild(draw("g", { role: "button", tabindex: -1, class: "cell" }));
  item.appendChild(
    draw("rect", { x: left + 3, y: y - 14, width: box.width - 6, height: 19, rx: 4, class: "hit" }),
  );
  const unit = row.known === "gradient"; // the first row of a neuron begins with its name
  const title = draw("text", { x: left + 10, y, class: "title" });
  if (unit) group.append(title);
  const kind = row.word || row.say ? "word" : "title";
  const word = item.appendChild(draw("text", { x: left + (unit ? 50 : 10), y, class: kind }));
  const style = box.kind === "loss" ? "number strong" : "number";
  const right = { x: left + box.width - 9, y, "text-anchor": "end", class: style };
  const number = item.appendChild(draw("text", right));
  const name = () => app.now.name(row.id(box), box.position, row.of);
  item.addEventListener("click", () => app.look(name(), row.about));
  return {
    item,
    update() {
      const key = name();
      const there = known(app.state.step, row.known, box.layer);
      const value = app.now.number(key);
      set(title, { text: cut(unitName(box, app), SHORT) });
      set(word, { text: row.word ?? (row.say ? app.say(row.say) : cut(bare(key))) });
      set(number, { text: there ? short(value, app) : "" });
      set(item, {
        "aria-label": there && !app.state.blanks ? `${key} = ${app.print(value)}` : key,
        "aria-pressed": String(app.state.at === key),
      });
    },
  };
}

/** A name that fits; the whole one is said, and stands above the derivation. */
function cut(name, room = NAME) {
  const fits = (sign) => (room -= sign.codePointAt(0) < 0x2e80 ? 1 : 2) >= 0;
  const signs = [...name];
  const shown = signs.filter(fits);
  return shown.length < signs.length ? `${shown.slice(0, -1).join("")}…` : name;
}

/** A name without its sample. */
export function bare(key) {
  return key.replace(/\[\d+\]$/, "");
}

/** The bias of one neuron, below its box. */
function biasPill(group, box, app) {
  const y = box.y + box.height / 2 + 15;
  const item = group.appendChild(draw("g", { role: "button", tabindex: -1, class: "cell pill" }));
  item.appendChild(
    draw("rect", { x: box.x - 52, y: y - 1, width: 104, height: 18, rx: 9, class: "hit" }),
  );
  const text = item.appendChild(
    draw("text", { x: box.x, y: y + 12, "text-anchor": "middle", class: "word" }),
  );
  const name = () => app.now.program.node.get(`b${box.layer}`).names[box.position];
  item.addEventListener("click", () => app.look(name(), aboutNow(app)));
  return {
    item,
    update() {
      const value = app.print(app.now.number(name()), 4);
      set(text, { text: `${cut(name())} ${value}` });
      set(item, {
        "aria-label": `${name()} ${value}`,
        "aria-pressed": String(app.state.at === name()),
      });
    },
  };
}

/** A neuron of a wide layer: a dot, filled as far as its output goes. */
export function dot(box, group, app) {
  const id = box.kind === "unit" ? `out${box.layer}` : box.id;
  const name = () => app.now.name(id, box.position);
  set(group, { class: `box dot ${box.kind}` });
  const item = group.appendChild(draw("g", { role: "button", tabindex: -1, class: "cell" }));
  const circle = item.appendChild(draw("circle", { cx: box.x, cy: box.y, r: box.height / 2 - 1 }));
  const title = item.appendChild(draw("title"));
  const beside = group.appendChild(
    draw("text", {
      x: box.x,
      y: box.y - box.height / 2 - 1,
      class: "word",
      "text-anchor": "middle",
    }),
  );
  item.addEventListener("click", () =>
    app.look(name(), box.kind === "error" ? "value" : "gradient"),
  );
  return {
    items: [item],
    update(way) {
      const on = way?.boxes.has(box.key);
      const value = known(app.state.step, box.kind === "error" ? "error" : "value", box.layer)
        ? app.now.number(name())
        : 0;
      group.classList.toggle("way", Boolean(on));
      group.classList.toggle("first", Boolean(on && way.first.includes(box.key)));
      set(circle, {
        class: value < 0 ? "negative" : "positive",
        "fill-opacity": Math.min(1, Math.abs(value)).toFixed(3),
      });
      const said = `${name()} = ${app.print(app.now.number(name()))}`;
      set(title, { text: said });
      set(item, { "aria-label": said, "aria-pressed": String(app.state.at === name()) });
      set(beside, { text: on && way.first.includes(box.key) ? unitName(box, app) : "" });
    },
  };
}

// ---- small things -------------------------------------------------------------------------------

/** A number that fits into a box: with fewer digits where it would be long. */
function short(number, app) {
  const shown = app.print(number, DIGITS);
  return shown.length > LONGEST ? app.print(number, 3) : shown;
}

/** What a neuron is called: h1, o2, a name of the user's. */
export function unitName(box, app) {
  const id = box.kind === "unit" ? `out${box.layer}` : box.id;
  const name = app.now.name(id, box.position) ?? "";
  return bare(name.replace(/^out_/, ""));
}

/** What a click asks of a number: its update in the step of updates, else its gradient. */
export function aboutNow(app) {
  return app.state.step === "update" ? "update" : "gradient";
}
