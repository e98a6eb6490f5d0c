/** A line of the drawn network: a weight by sign and size, with its name, or its factor on a way. */

import { draw, set } from "whygrad/dom.js";
import { aboutNow, bare, DIGITS, unitName } from "whygrad/network/box.js";
import { known, parts } from "whygrad/network/sequence.js";

const [THIN, THICK] = [1, 7];
const [SIGN, BOLD] = [7.1, 7.8]; // the room of a sign in a chip

export function edgeOf(edge, lines, chips, app, labelled) {
  const { tail, head } = edge;
  const [x1, x2] = [tail.x + tail.width / 2, head.x - head.width / 2];
  const [y1, y2] = [tail.y, head.y];
  const group = lines.appendChild(draw("g", { class: `edge ${edge.kind}` }));
  const weight = edge.kind === "weight";
  const hit = weight
    ? group.appendChild(
        draw("line", { x1, y1, x2, y2, class: "hit", role: "button", tabindex: -1 }),
      )
    : null;
  const line = group.appendChild(draw("line", { x1, y1, x2, y2 }));
  const name = () =>
    weight
      ? app.now.program.node.get(edge.id).names[
          edge.at[0] * app.lesson.network.layers[tail.layer] + edge.at[1]
        ]
      : null;
  hit?.addEventListener("click", () => app.look(name(), aboutNow(app)));
  const chip = chipOn(chips, (share) => [x1 + (x2 - x1) * share, y1 + (y2 - y1) * share]);
  if (hit) chip.group.addEventListener("click", () => app.look(name(), aboutNow(app)));
  return {
    item: hit,
    size: () => (weight ? sizeOf(edge, name(), app) : null),
    update(biggest, way, few) {
      const { step } = app.state;
      const gradient = app.state.edges === "gradient";
      const size =
        weight && (!gradient || known(step, "gradient", head.layer))
          ? sizeOf(edge, name(), app)
          : null;
      const on = way?.edges.has(edge.key);
      group.classList.toggle("way", Boolean(on));
      group.classList.toggle("first", Boolean(on && way.first.includes(edge.key)));
      group.classList.toggle("now", happens(step, edge));
      set(line, {
        class: size === null ? null : size < 0 ? "negative" : "positive",
        "stroke-width":
          size === null || !biggest ? 1.2 : THIN + ((THICK - THIN) * Math.abs(size)) / biggest,
      });
      const factor = on && few ? factorOn(edge, name(), way, app) : null;
      chip.show(
        factor ?? (labelled && !way && size !== null ? chipOf(name(), size, app) : null),
        app,
        factor !== null,
      );
      if (hit)
        set(hit, {
          "aria-label": labelOf(edge, name(), app),
          "aria-pressed": String(app.state.at === name()),
        });
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
  if (app.state.edges === "gradient") return [name, size, 3];
  const after = app.state.step === "update" ? node.updated?.[flat] : null;
  return after ? [after, app.now.number(after)] : [name, size];
}

/** A weight's number in words, for those who do not see the line. */
function labelOf({ tail, head, id }, name, app) {
  if (app.state.blanks) return name; // the reader is to find it
  const gradient = app.now.gradients[id]?.data[app.now.place(name).flat] ?? 0;
  return app.say("view.edge", {
    name,
    tail: unitName(tail, app),
    head: unitName(head, app),
    value: app.print(app.now.number(name), DIGITS),
    gradient: app.print(gradient, DIGITS),
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

/** What comes back along a line of a way: a factor, or behind a δ its product with the weight. */
function factorOn(edge, name, way, app) {
  const { now } = app;
  if (!known(app.state.step, "gradient", edge.head.layer)) return null;
  if (edge.kind === "weight") {
    const first = way.first.includes(edge.key);
    const source = edge.tail.kind === "input" ? "x" : `out${edge.tail.layer}`;
    if (first) return [`× ∂net/∂${name}`, now.number(now.name(source, edge.tail.position))];
    const delta = now.name(`net${edge.head.layer}`, edge.head.position, "deltas");
    return [`${bare(delta)}·${name}`, now.number(delta) * now.number(name), 5];
  }
  if (edge.kind === "sum") {
    const share = now.gradients[edge.tail.id].data[now.flat(edge.tail.id, edge.tail.position)];
    return share === 1 ? null : ["×", share]; // of a mean over samples
  }
  if (edge.kind === "bias") return [`× ∂net/∂${now.program.node.get(edge.id).names[0]}`, 1];
  return null;
}

/**
 * A name and a number on a light ground, so that lines may pass behind it: near the tail, where the
 * lines of a neuron have parted already; a factor in the middle, where it has more room.
 */
function chipOn(parent, along) {
  const ground = draw("rect", { height: 16, rx: 4 });
  const text = draw("text", { "text-anchor": "middle" });
  const group = parent.appendChild(draw("g", { class: "chip" }, ground, text));
  return {
    group,
    show(what, app, factor) {
      const [x, y] = along(factor ? 0.53 : 0.38);
      const [name, number, digits = factor ? DIGITS : 4] = what ?? [];
      const said = what ? `${name} ${app.print(number, digits)}` : "";
      const width = (factor ? BOLD : SIGN) * said.length;
      group.classList.toggle("factor", factor);
      set(text, { text: said, x, y: y + 4 });
      set(ground, { x: x - width / 2, y: y - 8, width });
    },
  };
}
