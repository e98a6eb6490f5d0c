/** What opens over the page: menus below a button, and dialogs. */

import { make } from "whygrad/dom.js";

/**
 * A menu below a button: closed by Escape, by a click elsewhere, and by choosing.
 * @param {Element} summary what stands on it @param {HTMLElement} body
 * @returns {HTMLDetailsElement}
 */
export function menu(summary, body) {
  const head = make("summary", { role: "button" }, summary);
  const element = make("details", { class: "menu" }, head, body);
  const close = () => (element.open = false);
  element.addEventListener("toggle", () => (head.ariaExpanded = String(element.open)));
  element.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !element.open) return;
    event.preventDefault();
    close();
    head.focus();
  });
  element.addEventListener("focusout", ({ relatedTarget }) => {
    if (relatedTarget && !element.contains(relatedTarget)) close();
  });
  document.addEventListener("pointerdown", ({ target }) => {
    if (!element.contains(target)) close();
  });
  body.addEventListener("click", ({ target }) => {
    if (target.closest("button")) close();
  });
  return element;
}

/**
 * A dialog over the page, with a title and a way to close it.
 * @param {Element} title @param {Element} close the button's text or sign
 * @param {...Node} body
 * @returns {HTMLDialogElement}
 */
export function dialog(title, close, ...body) {
  const element = make("dialog", {}, make("div", { class: "row heading" }, title, close), ...body);
  close.addEventListener("click", () => element.close());
  // Escape closes the dialog, and nothing behind it.
  element.addEventListener("keydown", (event) => {
    if (event.key === "Escape") event.stopPropagation();
  });
  element.addEventListener("click", ({ target }) => {
    if (target === element) element.close();
  });
  document.body.append(element);
  return element;
}
