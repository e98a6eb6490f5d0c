/** What is said where something could not be done. */

/**
 * The lines of an error: what was asked, given, why not. A sentence of the page's own is said in
 * the language now; whygrad's words are English, and are introduced as such.
 * @param {import("whygrad/main.js").App} app
 * @param {Error & {said?: {asked: string, given?: string, why?: string}}} error
 * @returns {string[]}
 */
export function told(app, { said, message }) {
  if (!said) return [message];
  const { asked, given, why } = said;
  if (why in app.boot.words.en) return [app.say(why)];
  const words = [asked, given, why].filter(Boolean);
  return [app.say("view.trouble.words"), ...words];
}

/** The same with what to try instead, where there is something. @returns {string[]} */
export function advised(app, error) {
  const { hint } = error.said ?? {};
  return [...told(app, error), ...(hint ? [app.say("view.trouble.hint", { hint })] : [])];
}
