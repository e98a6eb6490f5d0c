/**
 * Where lessons and readings come from: what is embedded in the page (a report, a notebook's cell), or
 * the local server. The rest of the page cannot tell which.
 */

import { bytes } from "whygrad/base64.js";

const MOST_KEPT = 5_000; // readings

/** Refused, with the server's words: {asked, given, why, hint}. */
class Refusal extends Error {
  /** @param {{asked: string, given?: string, why?: string, hint?: string}} said */
  constructor(said) {
    super([said.asked, said.given, said.why, said.hint].filter(Boolean).join("\n"));
    this.said = said;
  }
}

/**
 * @param {object} boot what index.html carries
 * @returns {Embedded|Server}
 */
export function sourceOf(boot) {
  return boot.api ? new Server(boot) : new Embedded(boot);
}

/** Everything that there is lies in the page. */
class Embedded {
  serves = false;
  #boot;
  #lesson = null;

  constructor(boot) {
    this.#boot = boot;
  }

  /** The lesson that the page came with; another one cannot be had here. */
  async lesson() {
    this.#lesson ??= this.#boot.lesson ?? (await unpacked(this.#boot.packed));
    return this.#lesson;
  }

  /**
   * Readings by id; null for one that the page does not carry in the present choices.
   * @param {string[]} ids
   * @param {{mode: "sample"|"batch", chosen: (what: string, id: string) => string}} now
   */
  async readings(ids, now) {
    const carried = this.#lesson.readings?.[now.mode];
    return ids.map((id) => (carried ? formOf(carried, id, now.chosen) : null));
  }
}

/** The local server makes lessons and readings as they are asked for. */
class Server {
  serves = true;
  #api;
  #kept = new Map();

  constructor(boot) {
    this.#api = boot.api;
  }

  /** @param {object|null} spec the network asked for; null: what the server was opened with */
  async lesson(spec) {
    const lesson = await this.post("lesson", { spec: spec ?? { start: true } });
    this.#kept = new Map(); // an answer about the network before goes where nobody looks
    return lesson;
  }

  /** As Embedded's; what was asked before in the same choices is not asked again. */
  async readings(ids, now) {
    const kept = this.#kept;
    const { mode, row, spec, chosen } = now;
    const key = (id) => `${mode} ${id} ${now.key}`;
    const missing = ids.filter((id) => !kept.has(key(id)));
    if (missing.length) {
      const found = await this.post("reading", { spec, mode, row, ids: missing });
      for (const id of missing) kept.set(key(id), formOf(found, id, chosen));
      while (kept.size > MOST_KEPT) kept.delete(kept.keys().next().value);
    }
    return ids.map((id) => kept.get(key(id)) ?? null);
  }

  /** An answer of the server to a question. Throws a Refusal with its words. */
  async post(route, question) {
    return this.#ask(route, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(question),
    });
  }

  /** An answer to a question that needs no body. */
  async get(route) {
    return this.#ask(route, {});
  }

  async #ask(route, options) {
    let response;
    try {
      response = await fetch(this.#api + route, options);
    } catch {
      throw new Refusal({ asked: "", why: "view.server.gone" });
    }
    const answer = await response.json().catch(() => ({}));
    if (!response.ok) throw new Refusal(answer.error ?? { asked: `HTTP ${response.status}` });
    return answer;
  }
}

/** The form of a reading under the present choices. */
function formOf({ depends, forms }, id, chosen) {
  const conditions = (depends[id] ?? []).map((what) => `${what}=${chosen(what, id)}`);
  return forms[conditions.length ? `${id}|${conditions.join(",")}` : id] ?? null;
}

/** JSON that was compressed (zlib) and written in base64, its repeated parts once (sharing.py). */
async function unpacked(text) {
  const stream = new Blob([bytes(text)]).stream().pipeThrough(new DecompressionStream("deflate"));
  return restored(await new Response(stream).json());
}

/** Data whose references, {"$": 3}, are the parts again: the same objects in several places. */
function restored({ parts, whole }) {
  const back = (data) => {
    if (data === null || typeof data !== "object") return data;
    if ("$" in data) return parts[data.$];
    for (const key of Object.keys(data)) data[key] = back(data[key]);
    return data;
  };
  parts.forEach((part, k) => (parts[k] = back(part)));
  return back(whole);
}
