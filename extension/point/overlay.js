/**
 * Put into the page that is captured, when the person wants to point at a part of it; its value is the answer:
 * `{box}` in fractions of the viewport, `{box: null}` when they left, `{unable: true}` where the page does not let it be.
 *
 * It lives in an isolated world and a closed shadow tree in the top layer: the page can neither read nor drive it. A page
 * that takes it away or covers it meets it again some times; then the person points in a window of ours, where no page is.
 */
(async () => {
  globalThis.tabtalkLeavePointing?.();

  const MOST_REPAIRS = 20;
  /** Where the sheet must be what is hit. */
  const PROBES = [0.1, 0.5, 0.9];
  const FRAME_MS = 250;
  const IN_PLACE = { display: 'block', visibility: 'visible', contain: 'none', 'content-visibility': 'visible', 'pointer-events': 'auto' };

  const host = document.createElement('div');
  addEventListener('pointerdown', onDown, { capture: true }); // Before the marker, which keeps it for itself.
  const marker = new globalThis.TabtalkMarker(host.attachShadow({ mode: 'closed' }), {
    label: chrome.i18n.getMessage('point_label'),
    help: chrome.i18n.getMessage('point_help'),
    leave: chrome.i18n.getMessage('point_leave'),
    where: (...shares) => chrome.i18n.getMessage('point_where', shares),
  }, elementAt);
  const { surface } = marker;
  surface.popover = 'manual';
  let unable = false;
  let repairs = 0;

  const guard = new MutationObserver(() => isInPlace() || repair());
  place();
  if (!isHit()) {
    unable = true;
    marker.leave();
  }
  const leave = () => marker.leave();
  globalThis.tabtalkLeavePointing = leave;
  addEventListener('pagehide', leave);
  const marked = await marker.marked;

  guard.disconnect();
  removeEventListener('pagehide', leave);
  removeEventListener('pointerdown', onDown, { capture: true });
  const answer = unable ? { unable } : { box: marked && sharesOf(marked) };
  // The focus goes back to where it was.
  if (host.isConnected) surface.hidePopover();
  host.remove();
  await frame();
  await frame();
  marker.end();
  if (globalThis.tabtalkLeavePointing === leave) globalThis.tabtalkLeavePointing = undefined;
  return answer;

  /** Within a modal dialog, where there is one: what lies outside it hears nothing. */
  function place() {
    guard.disconnect();
    const parent = [...document.querySelectorAll('dialog:modal')].at(-1) ?? document.documentElement;
    host.removeAttribute('style');
    for (const [name, value] of Object.entries(IN_PLACE)) host.style.setProperty(name, value, 'important');
    parent.append(host);
    surface.showPopover();
    surface.style.zoom = String(1 / (host.currentCSSZoom || 1));
    surface.focus({ preventScroll: true });
    guard.observe(parent, { childList: true });
    guard.observe(host, { attributes: true });
  }

  function isInPlace() {
    return host.isConnected && surface.matches(':popover-open') && surface.checkVisibility();
  }

  /** On top, at every place. */
  function isHit() {
    return PROBES.every((across) => PROBES.every((down) => document.elementFromPoint(innerWidth * across, innerHeight * down) === host));
  }

  function repair() {
    if (repairs++ < MOST_REPAIRS) {
      place();
    } else {
      unable = true;
      marker.leave();
    }
  }

  /** Something lies over the sheet: it comes to the top again, before the press means anything. @param {PointerEvent} event */
  function onDown(event) {
    if (event.isTrusted && event.target !== host) repair();
  }

  /** What a click there means: the innermost element, as far as it can be seen. @param {TabtalkPlace} at */
  function elementAt({ x, y }) {
    /** @type {DocumentOrShadowRoot} */
    let tree = document;
    /** @type {Element|null} */
    let found = null;
    for (;;) {
      const inner = tree.elementsFromPoint(x, y).find((element) => element !== host);
      if (!inner || inner === found) break;
      found = inner;
      if (!inner.shadowRoot) break;
      tree = inner.shadowRoot;
    }
    const { width, height } = surface.getBoundingClientRect();
    return found && globalThis.tabtalkBoxes.within(found.getBoundingClientRect(), { width, height });
  }

  /** The picture of a tab is its whole view, scroll bars too, as far as it is pinched open. @param {TabtalkBox} box */
  function sharesOf({ x, y, width, height }) {
    const { offsetLeft = 0, offsetTop = 0, scale = 1 } = globalThis.visualViewport ?? {};
    const box = { x: (x - offsetLeft) * scale, y: (y - offsetTop) * scale, width: width * scale, height: height * scale };
    return globalThis.tabtalkBoxes.shares(box, { width: innerWidth, height: innerHeight });
  }

  /** @returns {Promise<unknown>} after a frame; a tab that is not shown makes none */
  function frame() {
    return new Promise((resolve) => {
      requestAnimationFrame(resolve);
      setTimeout(resolve, FRAME_MS);
    });
  }
})();
