/** Random numbers that a seed gives again, readable: two decimals. */

/**
 * Numbers between 0 and 1 from a seed (mulberry32, Tommy Ettinger, public domain).
 * @param {number} seed
 * @returns {() => number}
 */
export function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** @returns {number} two decimals from least to most */
export function readable(random, least, most) {
  return Math.round(100 * (least + random() * (most - least))) / 100;
}

/**
 * A weight of a layer: within ±√(6/(in + out)), as Glorot and Bengio (2010) draw them, at most
 * ±0.9, and never 0, behind which nothing would be learned.
 * @param {() => number} random @param {number} incoming @param {number} outgoing
 */
export function weight(random, incoming, outgoing) {
  const most = Math.min(0.9, Math.sqrt(6 / (incoming + outgoing)));
  return readable(random, -most, most) || 0.01;
}
