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
  /** Names that pages give to such fields, and what they write beside them. */
  const SECRET = new RegExp(
    [
      'passw|passwd|passcode|\\bpwd\\b|\\bpin\\b|one.?time|\\botp\\b|card.?(num|no\\b)|cc.?(num|csc|cvc|cvv|exp)|\\bcvv2?\\b|\\bcvc2?\\b|\\bcsc\\b',
      'security.?code|card.?expir|\\bexp(iry|iration)?\\b.?(date|month|year)|\\bmm ?/ ?yy|\\biban\\b|credit.?card|card.?details',
      '密码|密碼|口令|卡号|卡號|验证码|驗證碼|安全码|安全碼|有效期|パスワード|暗証|カード番号|비밀번호|카드.?번호|парол|номер карты',
      'contrase[nñ]|mot de passe|kennwort|senha|wachtwoord|kartennummer|prüfnummer|num[eé]ro de (la )?carte|n[uú]mero d[aeo]l? ?(la )?(tarjeta|cart[aã]o)',
    ].join('|'),
    'i',
  );
  const AUTOCOMPLETE = /(^|\s)(cc-\S+|one-time-code|(current|new)-password)(\s|$)/i;
  /** In the address of a frame that asks for such things. */
  const RISKY = /\bpay(?!load)|payment|checkout|billing|wallet|\bcards?\b|secure|hosted.?field|\b3-?ds|sign-?(in|on)\b|log-?in|\bauth|\bsso\b|stripe|adyen|braintree|klarna|worldpay/i;
  /** In the address or title of a page on which one pays. */
  const TILL = /checkout|payment|billing|\bpay\b|\bkasse\b|zahlung|paiement|\bpago\b|pagamento|支付|付款|结账|結帳|收银|決済/i;
  const FIELDS = 'input, select, textarea, [contenteditable]:not([contenteditable="false" i]), iframe, label';
  /** Not typed into. */
  const HARMLESS = ['button', 'checkbox', 'color', 'file', 'hidden', 'image', 'radio', 'range', 'reset', 'submit'];
  const NAMES = [
    ...['type', 'name', 'id', 'autocomplete', 'placeholder', 'aria-label', 'aria-labelledby', 'title', 'for', 'contenteditable'],
    ...['src', 'allow', 'sandbox', MARK],
  ];
  /** Of a text, no more is read. */
  const MOST_TEXT = 300;
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
    /** Where a secret field was taken away: what came in its place is it again, in plain text maybe. */
    const places = new Set(records.filter(({ removedNodes }) => [...removedNodes].some(isKnown)).map(({ target }) => target));
    for (const { type, target, addedNodes, attributeName, oldValue } of records) {
      if (type === 'childList') {
        for (const node of addedNodes) {
          if (!(node instanceof Element)) continue;
          if (places.has(target) && isTyped(node)) secret.add(node);
          search(node);
        }
      } else {
        if (attributeName === 'type' && oldValue?.toLowerCase() === 'password') secret.add(/** @type {Element} */ (target));
        judge(/** @type {Element} */ (target));
      }
    }
  });

  /** @param {Node} node */
  function isKnown(node) {
    return node instanceof Element && node.tagName !== 'IFRAME' && secret.has(node);
  }

  /** @param {Element} element */
  function isTyped(element) {
    return element.matches('input, textarea') && !HARMLESS.includes(valueOf(element, 'type').toLowerCase());
  }

  /** @param {Element} element @param {string} name */
  function valueOf(element, name) {
    return (element.getAttribute(name) ?? '').slice(0, MOST_TEXT);
  }

  /** @param {Element} element */
  function judge(element) {
    if (element instanceof HTMLLabelElement && element.control) judge(element.control);
    if (!element.matches(FIELDS) || element.matches('label')) return;
    if (element instanceof HTMLIFrameElement ? isSecretFrame(element) : isSecret(element)) secret.add(element);
    if (secret.has(element) && !element.hasAttribute(MARK)) element.setAttribute(MARK, '');
  }

  /** @param {Element} element */
  function isSecret(element) {
    const type = valueOf(element, 'type').toLowerCase();
    if (HARMLESS.includes(type)) return false;
    if (type === 'password' || AUTOCOMPLETE.test(valueOf(element, 'autocomplete'))) return true;
    // What shows dots is a password field to whoever sees it.
    if (isTyped(element) && getComputedStyle(element).getPropertyValue('-webkit-text-security') !== 'none') return true;
    return SECRET.test(wordsOf(element));
  }

  /** What a page calls an element. @param {Element} element */
  function wordsOf(element) {
    const names = ['name', 'id', 'placeholder', 'aria-label', 'title'].map((name) => valueOf(element, name));
    const root = /** @type {ShadowRoot|Document} */ (element.getRootNode());
    const labels = valueOf(element, 'aria-labelledby').split(/\s+/).map((id) => (id ? root.getElementById?.(id) : null));
    const texts = [...labels, .../** @type {HTMLInputElement} */ (element).labels ?? []].map((label) => label?.textContent ?? '');
    // Words are written together in many ways: cardNumber, card_number, card-number.
    const words = [...names, ...texts.map((text) => text.slice(0, MOST_TEXT))].join(' ');
    return words.replace(/([a-z])([A-Z])/g, '$1 $2').replace(/[_-]+/g, ' ');
  }

  /**
   * A frame of another site can hold anything: it is covered as a whole where its name, its address or what it is allowed
   * speaks of secrets, and on a page on which one pays.
   * @param {HTMLIFrameElement} frame
   */
  function isSecretFrame(frame) {
    if (SECRET.test(wordsOf(frame))) return true;
    if (!isForeign(frame)) return false;
    const address = valueOf(frame, 'src').replace(/^(https?:)?\/\//i, '');
    if (RISKY.test(`${address} ${wordsOf(frame)}`) || /payment|credentials/i.test(valueOf(frame, 'allow'))) return true;
    return TILL.test(`${location.pathname} ${document.title}`.slice(0, MOST_TEXT));
  }

  /** @param {HTMLIFrameElement} frame */
  function isForeign(frame) {
    if (frame.contentDocument === null) return true;
    // Until it is there, an empty one of this site's stands in its place.
    const url = URL.parse(frame.src, document.baseURI);
    return url !== null && url.protocol !== 'about:' && url.origin !== location.origin;
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
    if (!(target instanceof Element)) return;
    enter(target);
    judge(target);
  }

  /** A frame has gone elsewhere. @param {Event} event */
  function onLoad({ target }) {
    if (target instanceof HTMLIFrameElement) judge(target);
  }

  globalThis.tabtalkVeil = () => {
    watcher.disconnect();
    removeEventListener('focusin', onFocus, true);
    removeEventListener('load', onLoad, true);
    for (const root of roots) for (const element of root.querySelectorAll(`[${MARK}]`)) element.removeAttribute(MARK);
    waiting.length = 0;
    globalThis.tabtalkVeil = undefined;
  };
  addEventListener('focusin', onFocus, true);
  addEventListener('load', onLoad, true);
  attend(document);
})();

/** Settles once the page has shown itself with that; a page that is on no screen does not. */
new Promise((resolve) => {
  requestAnimationFrame(() => requestAnimationFrame(resolve));
  setTimeout(resolve, 300);
}).then(() => true);
