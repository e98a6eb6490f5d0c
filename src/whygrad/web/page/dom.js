/** Elements with what stands in them, in one expression. Strings are text, never markup. */

import { html, svg } from "whygrad/svg.js";

/**
 * @param {string} tag
 * @param {Record<string, unknown>} [attributes] as `html` takes them
 * @param {...(Node|string)} children
 * @returns {HTMLElement}
 */
export function make(tag, attributes = {}, ...children) {
  const element = html(tag, attributes);
  element.append(...children);
  return element;
}

/** The same for SVG. @returns {SVGElement} */
export function draw(tag, attributes = {}, ...children) {
  const element = svg(tag, attributes);
  element.append(...children);
  return element;
}
