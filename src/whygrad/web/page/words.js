/** What the page says, in the language that the reader has chosen. */

/** @typedef {{en: Record<string, string>, zh: Record<string, string>}} Words */

export const LANGUAGES = ["en", "zh"];

/**
 * The language to begin with: the one asked for, else the browser's where it is one of ours.
 * @param {string|null} asked
 * @returns {"en"|"zh"}
 */
export function language(asked) {
  if (LANGUAGES.includes(asked)) return asked;
  return (navigator.language || "").toLowerCase().startsWith("zh") ? "zh" : "en";
}

/**
 * A sentence with its blanks filled. An unknown id is a mistake of ours and is shown as it is.
 * @param {Words} words
 * @param {string} lang
 * @param {string} id
 * @param {Record<string, unknown>} [blanks]
 * @returns {string}
 */
export function say(words, lang, id, blanks = {}) {
  const template = words[lang][id];
  if (template === undefined) return id;
  return template.replace(/\{(\w+)\}/g, (whole, name) =>
    name in blanks ? String(blanks[name]) : whole,
  );
}

/**
 * Sentences one after the other; Chinese ones have no space between them.
 * @param {string} lang
 * @param {string[]} sentences
 * @returns {string}
 */
export function together(lang, sentences) {
  return sentences.join(lang === "zh" ? "" : " ");
}

/** Between what is said and what is said of it. */
export const COLON = { en: ": ", zh: "：" };

/**
 * Names one after the other.
 * @param {string} lang
 * @param {string[]} names
 * @returns {string}
 */
export function enumerated(lang, names) {
  return names.join(lang === "zh" ? "、" : ", ");
}

/**
 * The parts of a list, one after the other.
 * @param {string} lang
 * @param {string[]} parts
 * @returns {string}
 */
export function listed(lang, parts) {
  return parts.join(lang === "zh" ? "；" : "; ");
}
