/** The steps of one iteration, and what is known when each of them has been made. */

/**
 * forward.1 … forward.d, error, backward.d … backward.1, update.
 * @param {number} depth layers with weights
 * @returns {string[]}
 */
export function sequence(depth) {
  const layers = Array.from({ length: depth }, (_, k) => k + 1);
  return [
    ...layers.map((k) => `forward.${k}`),
    "error",
    ...layers.reverse().map((k) => `backward.${k}`),
    "update",
  ];
}

/** @param {string} step @returns {{phase: "forward"|"error"|"backward"|"update", layer: number|null}} */
export function parts(step) {
  const [phase, layer] = step.split(".");
  return { phase, layer: layer ? Number(layer) : null };
}

/**
 * Whether something of a layer is known in a step; without a step everything is.
 * @param {string|null} step
 * @param {"value"|"error"|"gradient"|"update"} kind
 * @param {number} layer of the neuron or the weight; 0 for inputs
 */
export function known(step, kind, layer) {
  if (step === null) return true;
  const { phase, layer: here } = parts(step);
  const late = { forward: 0, error: 1, backward: 2, update: 3 }[phase];
  if (kind === "value") return late > 0 || layer <= here;
  if (kind === "error") return late > 0;
  if (kind === "gradient") return late > 2 || (late === 2 && layer >= here);
  return late > 2;
}

/**
 * The readings that are worked out in a step, in order.
 * @param {import("whygrad/main.js").App} app
 * @param {string} step
 * @returns {string[]} ids
 */
export function workedOut(app, step) {
  const { phase, layer } = parts(step);
  const { now, lesson } = app;
  const width = (k) => Array.from({ length: lesson.network.layers[k] }, (_, j) => j);
  if (phase === "forward") {
    return width(layer).flatMap((j) =>
      [`net${layer}`, `out${layer}`].map((id) => `value:factors:${now.name(id, j)}`),
    );
  }
  if (phase === "error") {
    const errors = now.program.nodes.filter((n) => n.role === "error" || n.role === "loss");
    return errors.flatMap((node) => ofRow(node, now).map((name) => `value:factors:${name}`));
  }
  const learned = new Set(now.program.groups.simultaneous.flat());
  const parameters = now.program.nodes.filter((n) => learned.has(n.id));
  if (phase === "update") {
    return parameters.flatMap((n) => n.names.map((name) => `update:factors:${name}`));
  }
  const deltas = width(layer).map((j) => `gradient:delta:${now.name(`net${layer}`, j)}`);
  const own = parameters.filter((n) => n.layer === layer);
  return [...deltas, ...own.flatMap((n) => n.names.map((name) => `gradient:delta:${name}`))];
}

/** The names of a node's numbers that belong to the sample that is shown. */
function ofRow(node, now) {
  const single = now.model.programs.sample.node.get(node.id)?.names.length;
  if (now.mode !== "batch" || single === undefined || single === node.names.length) {
    const rows = now.mode === "batch" ? now.program.samples : 1;
    const each = node.names.length / rows;
    return node.shape.length && rows > 1
      ? node.names.slice(now.row * each, (now.row + 1) * each)
      : node.names;
  }
  return node.names.slice(now.row * single, (now.row + 1) * single);
}
