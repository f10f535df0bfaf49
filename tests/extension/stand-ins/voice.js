/** Voices that are made up: alike to themselves, and to no other. */

/** The same numbers for the same seed, -1..1. @param {number} seed */
export function noise(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state / 2 ** 31;
  };
}

/**
 * A pitch that wanders, mouths that change four times a second, breath.
 * @param {number} seed another voice for another @param {number} rate Hz @param {number} seconds
 */
export function voice(seed, rate, seconds) {
  const random = noise(seed);
  const mouths = Array.from({ length: Math.ceil(seconds * 4) + 1 }, () => ({
    hz: [300 + 250 * (1 + random()), 900 + 600 * (1 + random())],
    pitch: 100 + 20 * (seed % 5) + 40 * (1 + random()),
    loud: 0.3 + 0.35 * (1 + random()),
  }));
  const ringing = [{ a: 0, b: 0 }, { a: 0, b: 0 }];
  const breath = noise(seed + 1);
  let phase = 0;
  return Float64Array.from({ length: seconds * rate }, (_, index) => {
    const at = (index / rate) * 4;
    const { hz, pitch, loud } = mouths[Math.floor(at)];
    phase += (pitch * (1 + 0.1 * Math.sin(at * 1.3))) / rate;
    const pulse = phase >= 1 ? 1 : 0;
    phase %= 1;
    const driven = pulse + 0.02 * breath();
    const sum = ringing.reduce((total, ring, place) => {
      const turn = 2 * Math.cos((2 * Math.PI * hz[place]) / rate);
      const stay = Math.exp((-Math.PI * 90) / rate);
      const next = driven + stay * turn * ring.a - stay * stay * ring.b;
      [ring.a, ring.b] = [next, ring.a];
      return total + next;
    }, 0);
    return 0.05 * sum * loud * Math.sin(Math.PI * (at % 1)) ** 0.5;
  });
}

/** @param {Float64Array} sound at 48 kHz @param {number} rate Hz, so that 48 kHz is a multiple of it @returns {Int16Array<ArrayBuffer>} */
export function s16(sound, rate) {
  const step = 48000 / rate;
  return Int16Array.from({ length: Math.floor(sound.length / step) }, (_, index) =>
    Math.max(-32768, Math.min(32767, Math.round(sound[index * step] * 32767))),
  );
}
