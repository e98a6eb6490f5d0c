/** The diverging colours of a heat map, made of the page's own: negative, nothing, positive. */

import { BLANK, INFINITE } from "whygrad/blocks/matrix.js";

const VARIABLES = ["--field", "--positive", "--negative", "--rule", "--ink", "--paper", "--sans"];
let kept = null; // a palette is made when the theme changes, not at each movement

/** The colours as they are now, in light or in dark. @param {Element} root whose style tells them */
export function paletteOf(root) {
  const style = getComputedStyle(root);
  const named = VARIABLES.map((name) => [name, style.getPropertyValue(name).trim()]);
  const key = named.join();
  if (kept?.key !== key) kept = { key, palette: new Palette(Object.fromEntries(named)) };
  return kept.palette;
}

export class Palette {
  /** The colour of every shade as one number, as an image keeps its points: at shade + 128. */
  points = new Uint32Array(256);

  /** @param {Record<string, string>} css the page's variables */
  constructor(css) {
    this.css = css;
    const probe = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
    const colour = (name) => {
      probe.fillStyle = css[name];
      probe.fillRect(0, 0, 1, 1);
      return [...probe.getImageData(0, 0, 1, 1).data].slice(0, 3);
    };
    this.nothing = colour("--field");
    this.positive = colour("--positive");
    this.negative = colour("--negative");
    this.broken = colour("--rule");
    this.inks = [colour("--ink"), colour("--paper")];
    const bytes = new Uint8Array(this.points.buffer);
    for (let shade = -128; shade < 128; shade++) {
      bytes.set([...this.colour(shade), 255], 4 * (shade + 128));
    }
  }

  /** The colour of a shade. @returns {number[]} red, green, blue */
  colour(shade) {
    if (shade === BLANK) return this.broken;
    const far = shade < 0 ? this.negative : this.positive;
    const share = Math.abs(shade) / INFINITE;
    return this.nothing.map((part, k) => Math.round(part + (far[k] - part) * share));
  }

  /** The colour of writing that is read best on a shade. */
  ink(shade) {
    const below = luminance(this.colour(shade));
    const contrast = (ink) => {
      const own = luminance(ink);
      return (Math.max(own, below) + 0.05) / (Math.min(own, below) + 0.05);
    };
    const [first, second] = this.inks;
    return `rgb(${contrast(first) >= contrast(second) ? first : second})`;
  }
}

/** https://www.w3.org/TR/WCAG22/#dfn-relative-luminance */
function luminance(colour) {
  const linear = colour.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
}
