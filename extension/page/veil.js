/**
 * Blacks out what is secret in a page that is looked at, in the page itself: fields for passwords, cards and one-time codes,
 * and frames that hold such fields. A classic script, put into each document that the extension may script. It reads no
 * value; it marks elements, and `veil.css` covers them.
 *
 * `globalThis.tabtalkVeil` takes it away again.
 */

(() => {
  if (globalThis.tabtalkVeil) return;

  const MARK = 'data-tabtalk-veil';
  /** Names that pages give to such fields. */
  const SECRET = /passw|passwd|passcode|\bpwd\b|\bpin\b|one.?time|\botp\b|card.?(num|no\b)|cc.?(num|csc|cvc|cvv|exp)|\bcvv2?\b|\bcvc2?\b|\bcsc\b|security.?code|card.?expir|\biban\b|credit.?card/i;
  const AUTOCOMPLETE = /(^|\s)(cc-\S+|one-time-code|(current|new)-password)(\s|$)/i;
  const FIELDS = 'input, textarea, [contenteditable]:not([contenteditable="false" i]), iframe';
  /** Not typed into. */
  const HARMLESS = ['button', 'checkbox', 'color', 'file', 'hidden', 'image', 'radio', 'range', 'reset', 'submit'];
  const NAMES = ['type', 'name', 'id', 'autocomplete', 'placeholder', 'aria-label', 'title', 'src', 'contenteditable', MARK];
  /** How long the page may be kept busy at a time, in ms. */
  const SLICE_MS = 4;

  /** Was of type password once: shown in plain text it is no less secret. @type {WeakSet<Element>} */
  const secret = new WeakSet();
  /** @type {Set<ShadowRoot|Document>} */
  const roots = new Set();
  /** Trees that were not searched for shadow trees yet. @type {TreeWalker[]} */
  const waiting = [];
  let resting = true;

  const watcher = new MutationObserver((records) => {
    for (const { type, target, addedNodes, attributeName, oldValue } of records) {
      if (type === 'childList') {
        for (const node of addedNodes) if (node instanceof Element) search(node);
      } else {
        if (attributeName === 'type' && oldValue?.toLowerCase() === 'password') secret.add(/** @type {Element} */ (target));
        judge(/** @type {Element} */ (target));
      }
    }
  });

  /** @param {Element} element */
  function judge(element) {
    if (!element.matches(FIELDS)) return;
    if (isSecret(element)) secret.add(element);
    if (secret.has(element) && !element.hasAttribute(MARK)) element.setAttribute(MARK, '');
  }

  /** @param {Element} element */
  function isSecret(element) {
    const of = (/** @type {string} */ name) => (element.getAttribute(name) ?? '').slice(0, 300);
    const type = of('type').toLowerCase();
    if (HARMLESS.includes(type)) return false;
    if (type === 'password' || AUTOCOMPLETE.test(of('autocomplete'))) return true;
    // Words are written together in many ways: cardNumber, card_number, card-number.
    const words = ['name', 'id', 'placeholder', 'aria-label', 'title'].map(of).join(' ');
    return SECRET.test(words.replace(/([a-z])([A-Z])/g, '$1 $2').replace(/[_-]+/g, ' '));
  }

  /** Fields at once, by the browser's own search, which is quick; shadow trees a slice at a time. @param {Element|ShadowRoot|Document} tree */
  function search(tree) {
    if (tree instanceof Element) judge(tree);
    for (const field of tree.querySelectorAll(FIELDS)) judge(field);
    waiting.push(document.createTreeWalker(tree, NodeFilter.SHOW_ELEMENT));
    if (!resting) return;
    resting = false;
    walk();
  }

  function walk() {
    const until = performance.now() + SLICE_MS;
    for (let walker = waiting.at(-1); walker; walker = waiting.at(-1)) {
      do {
        if (performance.now() > until) {
          setTimeout(walk);
          return;
        }
        if (walker.currentNode instanceof Element) enter(walker.currentNode);
      } while (walker.nextNode());
      waiting.splice(waiting.indexOf(walker), 1);
    }
    resting = true;
  }

  /** A shadow tree is not observed from outside. @param {Element} host */
  function enter(host) {
    const root = host instanceof HTMLElement ? chrome.dom.openOrClosedShadowRoot(host) : null;
    if (root && !roots.has(root)) attend(root);
  }

  /** @param {ShadowRoot|Document} root */
  function attend(root) {
    roots.add(root);
    watcher.observe(root, { subtree: true, childList: true, attributes: true, attributeFilter: NAMES, attributeOldValue: true });
    search(root);
  }

  /** A tree that came without the document's changing is met at the latest when somebody types in it. @param {Event} event */
  function onFocus({ target }) {
    if (target instanceof Element) enter(target);
  }

  globalThis.tabtalkVeil = () => {
    watcher.disconnect();
    removeEventListener('focusin', onFocus, true);
    for (const root of roots) for (const element of root.querySelectorAll(`[${MARK}]`)) element.removeAttribute(MARK);
    waiting.length = 0;
    globalThis.tabtalkVeil = undefined;
  };
  addEventListener('focusin', onFocus, true);
  attend(document);
})();

/** Settles once the page has shown itself with that; a page that is on no screen does not. */
new Promise((resolve) => {
  requestAnimationFrame(() => requestAnimationFrame(resolve));
  setTimeout(resolve, 300);
}).then(() => true);
