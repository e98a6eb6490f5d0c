/** SVG and HTML elements, made and changed without a word of markup. */

const SVG = "http://www.w3.org/2000/svg";

/** @returns {SVGElement} an SVG element with attributes, inside of a parent where one is given */
export function svg(name, attributes = {}, parent = null) {
  return finish(document.createElementNS(SVG, name), attributes, parent);
}

/** @returns {HTMLElement} an HTML element; `text` becomes its text, `on…` functions its listeners */
export function html(name, attributes = {}, parent = null) {
  return finish(document.createElement(name), attributes, parent);
}

function finish(element, attributes, parent) {
  set(element, attributes);
  parent?.append(element);
  return element;
}

/** Changes attributes; null removes one. What is as it was is not touched. */
export function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "text") {
      if (element.textContent !== String(value)) element.textContent = value;
    } else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === null || value === false) element.removeAttribute(name);
    else if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value === true ? "" : value);
  }
  return element;
}
