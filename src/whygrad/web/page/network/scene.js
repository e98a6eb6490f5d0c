/** Where the neurons, biases and errors of a drawn network stand. Nothing here knows a number. */

const WIDE = 8; // neurons of a layer from which on all are drawn as dots
const BOX = { height: 64 };
const GAPS = [44, 44, 44, 44, 30, 22, 18, 14, 12]; // between boxes, by the neurons of the widest layer
const DOT = { height: 22, gap: 6 };
const WIDTH = { input: 96, bias: 96, unit: 140, error: 128, loss: 144 };
const BETWEEN = { weights: 150, crowded: 170, errors: 56 }; // columns
const LOW = 48; // boxes of one or two rows
const ABOVE = 36; // the first boxes, for what has come back to them
const PILL = 26; // what a bias of its own takes below a box

/**
 * @typedef {object} Box
 * @property {string} key     unique in the scene
 * @property {"input"|"unit"|"bias"|"error"|"loss"} kind
 * @property {number} column
 * @property {number} layer   0 for inputs
 * @property {string} id      of the node whose number it shows
 * @property {number} position in its layer
 * @property {number} x @property {number} y  its middle
 * @property {number} width @property {number} height
 */

/**
 * @typedef {object} Edge
 * @property {string} key
 * @property {Box} tail @property {Box} head
 * @property {"weight"|"bias"|"error"|"sum"} kind
 * @property {string|null} id  of the matrix whose entry it is
 * @property {[number, number]|null} at  row and column in it
 */

/**
 * @param {import("whygrad/model.js").Now} now
 * @param {object} lesson
 * @returns {{boxes: Box[], edges: Edge[], width: number, height: number, dots: boolean}}
 */
export function scene(now, lesson) {
  const { layers } = lesson.network;
  const dots = Math.max(...layers) > WIDE;
  const size = dots ? DOT : { ...BOX, gap: GAPS[Math.max(...layers)] };
  const own = lesson.network.bias === "per_neuron";
  const pill = own && !dots ? PILL : 0;
  const boxes = [];
  layers.forEach((width, layer) => {
    for (let position = 0; position < width; position++) {
      const [kind, id] = layer ? ["unit", `out${layer}`] : ["input", "x"];
      boxes.push(
        box(kind, layer, layer, id, position, (position - (width - 1) / 2) * pitch(), size),
      );
    }
  });
  function pitch() {
    return size.height + size.gap + pill;
  }
  const last = layers.length;
  const error = now.program.nodes.find((n) => n.role === "error");
  const loss = now.program.loss;
  const perOutput = error && error.shape.length > 1;
  const outputs = boxes.filter((b) => b.layer === last - 1 && b.kind === "unit");
  if (perOutput)
    outputs.forEach((o) =>
      boxes.push(box("error", last, last - 1, error.id, o.position, o.y, size)),
    );
  else if (error) boxes.push(box("error", last, last - 1, error.id, 0, 0, size));
  boxes.push(box("loss", last + 1, last - 1, loss, 0, 0, BOX));
  if (lesson.network.bias === "shared") {
    const low = Math.max(...boxes.map((b) => b.y)) + size.height + 26;
    for (let layer = 1; layer < last; layer++) {
      boxes.push(box("bias", layer - 1, layer, `b${layer}`, 0, low, { height: 34 }));
    }
  }
  return framed(boxes, edges(boxes, outputs), dots, pill);
}

function box(kind, column, layer, id, position, y, size) {
  const dot = size.height === DOT.height;
  const height = !dot && kind !== "unit" && kind !== "bias" ? LOW : size.height;
  const width = dot ? DOT.height : WIDTH[kind];
  return {
    key: `${kind} ${layer} ${position}`,
    kind,
    column,
    layer,
    id,
    position,
    x: 0,
    y,
    width,
    height,
  };
}

/** Every line: weights layer by layer, shared biases, from the outputs to their errors and the loss. */
function edges(boxes, outputs) {
  const found = [];
  const of = (layer) =>
    boxes.filter((b) => b.layer === layer && (b.kind === "unit" || b.kind === "input"));
  const link = (kind, tail, head, id = null, at = null) =>
    found.push({ key: `${tail.key} > ${head.key}`, kind, tail, head, id, at });
  const depth = Math.max(...outputs.map((o) => o.layer));
  for (let layer = 1; layer <= depth; layer++) {
    for (const head of of(layer)) {
      for (const tail of of(layer - 1))
        link("weight", tail, head, `W${layer}`, [head.position, tail.position]);
    }
    const bias = boxes.find((b) => b.kind === "bias" && b.layer === layer);
    if (bias) for (const head of of(layer)) link("bias", bias, head, `b${layer}`);
  }
  const errors = boxes.filter((b) => b.kind === "error");
  const loss = boxes.find((b) => b.kind === "loss");
  for (const error of errors) {
    for (const o of outputs)
      if (errors.length === 1 || o.position === error.position) link("error", o, error);
    link("sum", error, loss);
  }
  return found;
}

/** Columns beside each other, everything moved so that the corner is 0, 0. */
function framed(boxes, lines, dots, pill) {
  const top = Math.min(...boxes.map((b) => b.y - b.height / 2));
  const columns = Math.max(...boxes.map((b) => b.column)) + 1;
  let left = dots ? 40 : 4;
  for (let column = 0; column < columns; column++) {
    const here = boxes.filter((b) => b.column === column);
    const wide = Math.max(...here.map((b) => b.width));
    for (const b of here) b.x = left + wide / 2;
    const kinds = new Set(lines.filter((e) => e.tail.column === column).map((e) => e.kind));
    const gap = kinds.has("weight") ? (dots ? "crowded" : "weights") : "errors";
    left += wide + BETWEEN[gap];
  }
  for (const b of boxes) b.y += ABOVE - top;
  const width = Math.max(...boxes.map((b) => b.x + b.width / 2)) + 4;
  const height = Math.max(...boxes.map((b) => b.y + b.height / 2)) + pill + 24;
  return { boxes, edges: lines, width, height, dots };
}

/**
 * What lies on the ways from a quantity to the loss.
 * @param {{boxes: Box[], edges: Edge[]}} drawn
 * @param {{id: string, flat: number, node: object, position: number}} from
 * @returns {{boxes: Set<string>, edges: Set<string>, meets: string[], first: string[]}} meets: the
 *     neurons in which several ways meet; first: where it begins
 */
export function ways(drawn, from) {
  const begins = drawn.edges.filter(
    (e) => e.id === from.id && (e.at ? e.at.join() === from.at?.join() : true),
  );
  const heads = begins.length
    ? begins.map((e) => e.head)
    : drawn.boxes.filter((b) => starts(b, from));
  const boxes = new Set(heads.map((b) => b.key));
  const edgeKeys = new Set(begins.map((e) => e.key));
  if (begins[0]?.kind === "bias") boxes.add(begins[0].tail.key);
  for (const waiting = [...heads]; waiting.length;) {
    const here = waiting.pop();
    for (const edge of drawn.edges) {
      if (edge.tail !== here) continue;
      edgeKeys.add(edge.key);
      if (!boxes.has(edge.head.key)) waiting.push(edge.head);
      boxes.add(edge.head.key);
    }
  }
  const lit = drawn.edges.filter((e) => e.kind === "weight" && edgeKeys.has(e.key));
  const several = (b) => lit.filter((e) => e.tail === b).length > 1;
  return {
    boxes,
    edges: edgeKeys,
    meets: drawn.boxes.filter((b) => b.kind === "unit" && several(b)).map((b) => b.key),
    first: [...begins.map((e) => e.key), ...heads.map((b) => b.key)],
  };
}

/** Whether a box is that of a quantity: its own node, its net input, its own bias, its target. */
function starts(b, from) {
  const { node, position } = from;
  if (b.kind === "input") return node.role === "input" && b.position === position;
  if (b.kind === "unit") {
    return (
      ["net", "out", "bias"].includes(node.role) &&
      b.layer === node.layer &&
      b.position === position
    );
  }
  if (b.kind === "error") {
    return (
      (node.role === "error" || node.role === "target") &&
      (b.id !== node.id || b.position === position)
    );
  }
  return b.kind === "loss" && node.role === "loss";
}
