/** The steps of an iteration, forwards and backwards: forward, error, backward, update, and on. */

import { parts, sequence } from "whygrad/network/sequence.js";
import { make, set } from "whygrad/dom.js";

/** @param {HTMLElement} root @param {import("whygrad/main.js").App} app */
export function mount(root, app) {
  const bar = root.appendChild(make("div", { class: "row steps" }));
  const back = bar.appendChild(make("button", { text: "◀", onclick: () => move(app, -1) }));
  const on = bar.appendChild(
    make("button", { text: "▶", class: "main", onclick: () => move(app, 1) }),
  );
  const list = bar.appendChild(make("ol"));
  const all = bar.appendChild(make("button", { onclick: () => app.set({ step: null }) }));
  let buttons = [];
  app.on(() => {
    const steps = sequence(app.lesson.network.layers.length - 1);
    if (buttons.length !== steps.length) {
      list.replaceChildren();
      buttons = steps.map((step) =>
        list
          .appendChild(make("li"))
          .appendChild(make("button", { onclick: () => app.set({ step, at: null }) })),
      );
    }
    set(back, { "aria-label": app.say("view.step.back"), title: app.say("view.step.back.key") });
    set(on, { "aria-label": app.say("view.step.on"), title: app.say("view.step.on.key") });
    set(all, { text: app.say("view.step.all"), "aria-pressed": String(app.state.step === null) });
    steps.forEach((step, k) => {
      const here = app.state.step === step ? "step" : null;
      set(buttons[k], {
        text: name(step, app),
        "aria-current": here,
        title: app.say("view.step.of", { it: app.state.it + 1 }),
      });
    });
    back.disabled = app.state.step === "forward.1" && app.state.it === 0;
  });
  app.listen("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest?.("input, select, textarea, [role=listbox], [role=slider]")) return;
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (by) {
      move(app, by);
      event.preventDefault();
    }
  });
}

/** What a step is called: forward 1, error, backward 2, update. */
function name(step, app) {
  const { phase, layer } = parts(step);
  return app.say(`view.step.${phase}`, { layer });
}

/** One step on or back; behind the update the next iteration begins. */
function move(app, by) {
  const moved = go(app, by);
  if (app.state.step) app.announce(name(app.state.step, app));
  return moved;
}

function go(app, by) {
  const { step, it } = app.state;
  const steps = sequence(app.lesson.network.layers.length - 1);
  const at = step === null ? (by > 0 ? -1 : 0) : steps.indexOf(step);
  const next = at + by;
  if (next < 0) return it ? app.set({ step: steps.at(-1), it: it - 1, at: null }) : undefined;
  if (next >= steps.length) return app.set({ step: steps[0], it: it + 1, at: null });
  return app.set({ step: steps[next], at: null });
}
