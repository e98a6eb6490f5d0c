/** A station of the drawn network: a neuron, an input, a bias or an error, with its numbers. */

import { draw, set } from "whygrad/dom.js";
import { known } from "whygrad/network/sequence.js";

export const DIGITS = 6; // of the numbers in the drawing; the derivation beside it has all nine
const LONGEST = 9; // signs of a number in a box

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
  const note = group.appendChild(
    draw("text", { x: box.x, y: top - 5, class: "slope", "text-anchor": "middle" }),
  );
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
      set(note, {
        text: on && few && known(app.state.step, "gradient", box.layer) ? slope(box, app) : "",
      });
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
        {
          title: true,
          word: "δ",
          key: at(`net${box.layer}`, "deltas"),
          about: "gradient",
          kind: "gradient",
        },
        { word: "net", key: at(`net${box.layer}`), about: "value", kind: "value" },
        { word: "out", key: at(`out${box.layer}`), about: "value", kind: "value" },
      ];
    case "error": {
      const target = app.now.program.node.get("y");
      const wide = target.shape.length > 1;
      return [
        { word: "", key: at(box.id), about: "value", kind: "error", named: true },
        ...(wide && app.now.program.node.get(box.id).shape.length < 2
          ? []
          : [
              {
                word: app.say("view.target"),
                say: "view.target",
                key: at("y"),
                about: "value",
                kind: "value",
              },
            ]),
      ];
    }
    case "loss":
      return [
        {
          word: "",
          key: () => app.now.program.node.get(box.id).names[0],
          about: "value",
          kind: "error",
          named: true,
          strong: true,
        },
      ];
    default:
      return [
        {
          word: "",
          key: box.kind === "bias" ? () => app.now.program.node.get(box.id).names[0] : at(box.id),
          about: "gradient",
          kind: "value",
          named: true,
        },
      ];
  }
}

function rowIn(group, row, left, y, box, app) {
  const item = group.appendChild(draw("g", { role: "button", tabindex: -1, class: "cell" }));
  item.appendChild(
    draw("rect", { x: left + 3, y: y - 14, width: box.width - 6, height: 19, rx: 4, class: "hit" }),
  );
  const title = row.title
    ? group.appendChild(draw("text", { x: left + 10, y, class: "title" }))
    : null;
  const word = item.appendChild(
    draw("text", { x: left + (row.title ? 46 : 10), y, class: row.named ? "title" : "word" }),
  );
  const number = item.appendChild(
    draw("text", {
      x: left + box.width - 9,
      y,
      "text-anchor": "end",
      class: row.strong ? "number strong" : "number",
    }),
  );
  item.addEventListener("click", () => app.look(row.key(), row.about));
  return {
    item,
    update() {
      const key = row.key();
      const there = known(app.state.step, row.kind, box.layer);
      const value = app.now.number(key);
      if (title) set(title, { text: unitName(box, app) });
      set(word, {
        text: row.named ? key.replace(/\[\d+\]$/, "") : row.say ? app.say(row.say) : row.word,
      });
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
      const shown = `${name()} ${app.print(app.now.number(name()), 4)}`;
      set(text, { text: shown });
      set(item, { "aria-label": shown, "aria-pressed": String(app.state.at === name()) });
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
  return name.replace(/^out_/, "").replace(/\[\d+\]$/, "");
}

/** What a click asks of a number: its update in the step of updates, else its gradient. */
export function aboutNow(app) {
  return app.state.step === "update" ? "update" : "gradient";
}
