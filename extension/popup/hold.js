/**
 * The button that is held to be heard: with the pointer, with Space or Enter, and, since a screen reader only clicks, by one
 * click until the next. What each of them makes of what was before stands in a table.
 *
 * @typedef {import('./panel.js').Panel} Panel
 * @typedef {'up'|'pointer'|'key'|'click'} State who holds it; by click until the next
 * @typedef {'pointerdown'|'pointerup'|'keydown'|'keyup'|'click'|'gone'} Event click: of nobody who pressed before; gone: the
 *   pointer, the keys or the button are no more
 */

/** What is not there changes nothing. @type {{[state in State]: {[event in Event]?: State}}} */
export const HOLDS = Object.freeze({
  up: { pointerdown: 'pointer', keydown: 'key', click: 'click' },
  pointer: { pointerup: 'up', gone: 'up' },
  key: { keyup: 'up', gone: 'up' },
  click: { click: 'up', pointerdown: 'up', keydown: 'up' },
});

const KEYS = [' ', 'Enter'];

/** @param {HTMLButtonElement} button @param {Pick<Panel, 'hold'|'isHeld'>} panel */
export function bindHold(button, panel) {
  /** @type {State} */
  let state = 'up';

  /** @param {Event} what @param {globalThis.Event} event */
  const meet = (what, event) => {
    // It may have been let go elsewhere: by the key for the whole browser, or because the microphone was taken away.
    const before = state === 'click' && !panel.isHeld ? 'up' : state;
    state = HOLDS[before][what] ?? before;
    if (before === 'up' && button.getAttribute('aria-disabled') === 'true') state = 'up';
    if ((before === 'up') !== (state === 'up')) panel.hold(state !== 'up', momentOf(event));
  };

  button.addEventListener('pointerdown', (event) => {
    if (event.button !== 0 || !event.isPrimary) return;
    // Let go anywhere, it is let go.
    button.setPointerCapture(event.pointerId);
    meet('pointerdown', event);
  });
  button.addEventListener('pointerup', (event) => meet('pointerup', event));
  button.addEventListener('lostpointercapture', (event) => meet('gone', event));
  button.addEventListener('contextmenu', (event) => event.preventDefault());
  button.addEventListener('keydown', (event) => {
    if (!KEYS.includes(event.key)) return;
    event.preventDefault();
    if (!event.repeat) meet('keydown', event);
  });
  button.addEventListener('keyup', (event) => {
    if (!KEYS.includes(event.key)) return;
    event.preventDefault();
    meet('keyup', event);
  });
  // Those of a pointer or a key have been met as such.
  button.addEventListener('click', (event) => event.detail === 0 && meet('click', event));
  button.addEventListener('blur', (event) => meet('gone', event));
  button.ownerDocument.defaultView?.addEventListener('blur', (event) => meet('gone', event));
}

/** When it was, not when it is told of: ms since the Unix epoch. @param {globalThis.Event} event */
function momentOf(event) {
  return Date.now() - Math.max(0, performance.now() - event.timeStamp);
}
