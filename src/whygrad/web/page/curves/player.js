/** Plays a descent: slowly at first, then faster and faster, as the curve's axis thins out. */

import { MOST_ITERATIONS } from "whygrad/state.js";

const GROWTH = 0.8; // a second: 10 iterations after 0.9 s, 100 after 3 s, 10,000 after 9 s
const BEGINNING = 10; // as if so many lay behind it: 8 iterations a second at first
const PAUSE = 1_000; // milliseconds between two pictures where motion is to be reduced
const LONGEST = 0.25; // seconds that count at most where a picture took longer

export class Player {
  /** @param {import("whygrad/main.js").App} app @param {() => void} changed plays or pauses now */
  constructor(app, changed) {
    this.app = app;
    this.changed = changed;
    this.playing = false;
  }

  toggle() {
    if (this.playing) this.pause();
    else this.#play();
  }

  pause() {
    if (!this.playing) return;
    this.playing = false;
    this.changed();
  }

  async #play() {
    const { app } = this;
    this.playing = true;
    this.changed();
    let exact = app.now.it;
    let undo = true; // all of it is one step that can be undone
    let before = await frame(); // a frame's time lies before the moment when it is drawn
    while (this.playing) {
      const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
      if (still) await later(PAUSE);
      const time = await frame();
      const gone = Math.min((time - before) / 1_000, still ? PAUSE / 1_000 : LONGEST);
      before = time;
      if (!this.playing) break;
      if (Math.floor(exact) !== app.state.it) return this.pause(); // taken elsewhere meanwhile
      exact = (exact + BEGINNING) * Math.exp(GROWTH * gone) - BEGINNING;
      const it = Math.min(Math.floor(exact), MOST_ITERATIONS);
      if (it !== app.state.it) {
        await app.set({ it }, { undo });
        undo = false;
      }
      const { ended } = app.now.trajectory;
      if (it >= MOST_ITERATIONS || (ended && app.now.it >= ended.iteration)) this.pause();
    }
  }
}

function frame() {
  return new Promise((resolve) => requestAnimationFrame(resolve));
}

function later(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
