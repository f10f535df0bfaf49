/**
 * The session's states. `host/tabtalk/state.py` holds the same table, and so does `docs/ARCHITECTURE.md`; a contract test
 * compares the three.
 *
 * What happens inside `live` (listening, thinking, speaking) and what capture does (source, mute, pause) are no states.
 *
 * @typedef {import('./status.js').State} State
 * @typedef {'start'|'ready'|'drop'|'park'|'end'|'fail'} Event
 */

/** @type {Readonly<Record<State, Readonly<Partial<Record<Event, State>>>>>} */
export const TRANSITIONS = Object.freeze({
  idle: Object.freeze({ start: 'starting' }),
  starting: Object.freeze({ ready: 'live', drop: 'reconnecting', end: 'ended', fail: 'failed' }),
  live: Object.freeze({ drop: 'reconnecting', park: 'parked', end: 'ended', fail: 'failed' }),
  reconnecting: Object.freeze({ ready: 'live', drop: 'reconnecting', end: 'ended', fail: 'failed' }),
  parked: Object.freeze({ start: 'starting', drop: 'reconnecting', end: 'ended', fail: 'failed' }),
  ended: Object.freeze({ start: 'starting' }),
  failed: Object.freeze({ start: 'starting', end: 'ended' }),
});

/** @type {readonly Event[]} */
export const EVENTS = Object.freeze(['start', 'ready', 'drop', 'park', 'end', 'fail']);

/**
 * @param {State} state
 * @param {Event} event
 * @returns {State}
 * @throws {Error} naming both, when the event is not allowed in the state
 */
export function next(state, event) {
  const followed = allows(state, event) ? TRANSITIONS[state][event] : undefined;
  if (!followed) throw new Error(`${event} is not allowed in ${state}`);
  return followed;
}

/** @param {State} state @param {Event} event */
export function allows(state, event) {
  return Object.hasOwn(TRANSITIONS, state) && Object.hasOwn(TRANSITIONS[state], event);
}

/** A conversation is going on: it can be dropped. @param {State} state */
export function isRunning(state) {
  return allows(state, 'drop');
}
