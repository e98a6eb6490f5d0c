/** The keyboard's shortcuts, as a dialog. */

import { make } from "whygrad/dom.js";
import { dialog } from "whygrad/head/menu.js";
import { Spoken } from "whygrad/spoken.js";

/**
 * @param {import("whygrad/main.js").App} app
 * @returns {{button: HTMLButtonElement, draw: () => void}}
 */
export function keys(app) {
  const spoken = new Spoken(app);
  const line = (id, ...pressed) =>
    make(
      "tr",
      {},
      make("td", {}, ...pressed.flatMap((key, k) => [k ? " " : "", make("kbd", {}, key)])),
      spoken.text(make("td"), id),
    );
  const lines = [
    line("view.keys.step", "←", "→"),
    line("view.keys.play", "Space"),
    line("view.keys.move", "Tab"),
    line("view.keys.open", "Enter"),
    line("view.keys.change", "↑", "↓"),
    line("view.keys.large", "Shift ↑", "Shift ↓"),
    line("view.keys.leave", "Esc"),
    line("view.keys.undo", "Ctrl Z"),
    line("view.keys.redo", "Ctrl Shift Z", "Ctrl Y"),
    line("view.keys.help", "?"),
  ];
  const title = spoken.text(make("h2"), "view.keys.title");
  const close = spoken.text(make("button"), "view.close");
  const body = make("table", { class: "keys" }, make("tbody", {}, ...lines));
  const element = dialog(title, close, body);
  const open = () => element.showModal();
  window.addEventListener("keydown", (event) => {
    if (event.key !== "?" || event.target.closest?.("input, select, textarea, dialog")) return;
    event.preventDefault();
    open();
  });
  const button = spoken.text(make("button", { onclick: open }), "view.keys.title");
  return { button, draw: () => spoken.draw() };
}
