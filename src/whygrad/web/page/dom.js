/**
 * Elements made in one expression, and changed in place. Strings are text, never markup.
 *
 * Attributes: `text` becomes the element's text, `on…` functions its listeners; null and false leave
 * one out, or remove it.
 */

const SVG = "http://www.w3.org/2000/svg";

/**
 * @param {string} tag
 * @param {Record<string, unknown>} [attributes]
 * @param {...(Node|string)} children
 * @returns {HTMLElement}
 */
export function make(tag, attributes = {}, ...children) {
  return furnished(document.createElement(tag), attributes, children);
}

/** The same for SVG. @returns {SVGElement} */
export function draw(tag, attributes = {}, ...children) {
  return furnished(document.createElementNS(SVG, tag), attributes, children);
}

function furnished(element, attributes, children) {
  set(element, attributes).append(...children);
  return element;
}

/**
 * Changes attributes; what is as it was is not touched, so that nothing is laid out in vain.
 * @template {Element} E
 * @param {E} element
 * @param {Record<string, unknown>} attributes
 * @returns {E}
 */
export function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "text") {
      if (element.textContent !== String(value)) element.textContent = value;
    } else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === null || value === false) element.removeAttribute(name);
    else put(element, name, value === true ? "" : String(value));
  }
  return element;
}

function put(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}
