/** The head of the page: what is shown, undo, language, and what can be done with it. */

import { openBuilder } from "whygrad/builder/build.js";
import { make } from "whygrad/dom.js";
import { keys } from "whygrad/head/keys.js";
import { menu } from "whygrad/head/menu.js";
import { Exports, Gallery } from "whygrad/head/served.js";
import { Share } from "whygrad/head/share.js";
import { advised } from "whygrad/refused.js";
import { Spoken, named } from "whygrad/spoken.js";
import { LANGUAGES } from "whygrad/words.js";

/** @param {HTMLElement} root @param {import("whygrad/main.js").App} app */
export function mount(root, app) {
  const spoken = new Spoken(app);
  const button = (onclick, ...children) => make("button", { onclick }, ...children);
  const title = make("h1");
  const live = spoken.text(make("span", { class: "live" }), "view.top.live");
  const undo = spoken.label(
    button(() => app.undo(), "↶"),
    "view.top.undo",
  );
  const redo = spoken.label(
    button(() => app.redo(), "↷"),
    "view.top.redo",
  );
  const build = spoken.text(
    button(() => openBuilder(app)),
    "view.top.build",
  );
  const language = button(() => app.set({ lang: other(app.lang) }, { undo: false }));
  const share = new Share(app);
  const help = keys(app);
  const theme = themes(app, spoken);
  const print = spoken.text(
    button(() => window.print()),
    "view.top.print",
  );
  print.hidden = app.boot.home === "notebook"; // its frame may not
  const served = app.source.serves ? [new Gallery(app), new Exports(app)] : [];
  const [gallery, exports] = served;
  const more = menu(
    spoken.text(make("span"), "view.top.more"),
    make("div", { class: "list" }, theme.label, print, help.button),
  );
  const trouble = new Trouble(app, spoken);
  const notes = make("div", { class: "notes" });
  root.replaceChildren(
    make("div", { class: "heading row" }, title, live),
    make(
      "div",
      { class: "row tools" },
      undo,
      redo,
      ...(gallery ? [gallery.element] : []),
      build,
      ...(exports ? [exports.element] : []),
      share.button,
      language,
      more,
    ),
    share.panel,
    trouble.element,
    notes,
  );

  app.on(() => {
    const { lesson } = app;
    title.textContent = app.title;
    live.hidden = !lesson.run?.live;
    undo.disabled = !app.canUndo;
    redo.disabled = !app.canRedo;
    build.hidden = !app.model && !app.source.serves;
    sayOther(language, app);
    theme.select.value = app.state.theme;
    spoken.draw();
    for (const part of [share, help, trouble, ...served]) part.draw();
    const said = told(app);
    if (notes.textContent !== said.join("")) {
      notes.replaceChildren(...said.map((text) => make("p", {}, text)));
    }
  });
}

// ---- language and theme ------------------------------------------------------------------------

const OWN_NAMES = { en: "English", zh: "中文" };

function other(lang) {
  return LANGUAGES.find((one) => one !== lang);
}

/** The other language, in its own words: whoever needs it does not read this one. */
function sayOther(button, app) {
  const lang = other(app.lang);
  if (button.lang === lang) return;
  button.lang = lang;
  button.textContent = OWN_NAMES[lang];
  named(button, OWN_NAMES[lang]);
}

function themes(app, spoken) {
  const choose = () => app.set({ theme: select.value }, { undo: false });
  const select = make(
    "select",
    { onchange: choose },
    spoken.text(make("option", { value: "auto" }), "view.top.auto"),
    spoken.text(make("option", { value: "light" }), "view.top.light"),
    spoken.text(make("option", { value: "dark" }), "view.top.dark"),
  );
  return { select, label: make("label", {}, spoken.text(make("span"), "view.top.theme"), select) };
}

// ---- what went wrong ---------------------------------------------------------------------------

/** What could not be done: what was asked, given, why not, and what to try. */
class Trouble {
  constructor(app, spoken) {
    this.app = app;
    const dismiss = () => {
      app.trouble = null;
      app.draw();
    };
    const close = make("button", { class: "bare", onclick: dismiss }, "×");
    spoken.label(close, "view.close");
    this.body = make("div");
    this.element = make("div", { class: "notice trouble", role: "alert" }, this.body, close);
  }

  draw() {
    const { app } = this;
    const lines = app.trouble ? advised(app, app.trouble) : [];
    this.element.hidden = !lines.length;
    if (this.body.textContent === lines.join("")) return;
    this.body.replaceChildren(...lines.map((text) => make("p", {}, text)));
  }
}

/** What is to be known of the lesson: what it shows, what its data are, what a link asks in vain. */
function told(app) {
  const { gallery, notes } = app.lesson;
  const said = (notes ?? []).map((note) => note[app.lang]);
  if (gallery) said.unshift(app.say(`view.gallery.${gallery}.about`));
  if (app.unread.length) said.push(app.say("view.unread", { parts: app.unread.join(" ") }));
  return said;
}
