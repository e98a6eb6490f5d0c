/**
 * One stop of the tab key for many things: the arrow keys go from one to the next.
 *
 * Up and down within a band, left and right to the nearest of the next band; Home and End to the ends;
 * Enter and the space bar do what a click does.
 */

/**
 * @param {Element} root
 * @param {{element: Element, y: number}[][]} bands from left to right, each from top to bottom
 */
export function roving(root, bands) {
  const place = new Map(
    bands.flatMap((band, k) => band.map(({ element }, j) => [element, [k, j]])),
  );
  let current = bands[0]?.[0]?.element ?? null;
  current?.setAttribute("tabindex", 0);

  function go(element) {
    current?.setAttribute("tabindex", -1);
    current = element;
    current.setAttribute("tabindex", 0);
    current.focus();
  }

  root.addEventListener("keydown", (event) => {
    const at = place.get(event.target);
    if (!at) return;
    if (event.key === "Enter" || event.key === " ") {
      event.target.dispatchEvent(new MouseEvent("click", { bubbles: true }));
    } else {
      const next = target(event.key, at, bands);
      if (!next) return;
      go(next);
    }
    event.preventDefault();
  });
  root.addEventListener("focusin", (event) => {
    if (place.has(event.target) && event.target !== current) go(event.target);
  });

  return {
    /** Where the tab key stops, as band and number: a new drawing of the same form may go on there. */
    get current() {
      return current && { at: place.get(current), focused: current === document.activeElement };
    },
    keep({ at: [band, number], focused }) {
      const element = bands[band]?.[number]?.element;
      if (!element) return;
      current?.setAttribute("tabindex", -1);
      current = element;
      current.setAttribute("tabindex", 0);
      if (focused) current.focus();
    },
  };
}

function target(key, [band, number], bands) {
  const here = bands[band];
  switch (key) {
    case "ArrowUp":
      return here[number - 1]?.element;
    case "ArrowDown":
      return here[number + 1]?.element;
    case "Home":
      return here[0].element;
    case "End":
      return here.at(-1).element;
    case "ArrowLeft":
      return nearest(bands[band - 1], here[number].y);
    case "ArrowRight":
      return nearest(bands[band + 1], here[number].y);
    default:
      return null;
  }
}

function nearest(band, y) {
  return band?.reduce((a, b) => (Math.abs(b.y - y) < Math.abs(a.y - y) ? b : a)).element;
}
