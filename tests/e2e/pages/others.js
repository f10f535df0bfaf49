/**
 * Runs before a page's own scripts and plays the other contexts of the extension, at the one border where they meet:
 * `chrome.runtime`. `others.requests` answers by type (a value, or `{code, detail}` to refuse); `others.tell` speaks on the panel's
 * port; `others.heard` is what the page said on it. The page itself is the real one.
 */
(() => {
  const listeners = [];
  const others = {
    requests: /* REQUESTS */ {},
    heard: [],
    asked: [],
    tell: (type, data) => listeners.forEach((listener) => listener({ type, data })),
    connected: () => listeners.length > 0,
  };
  globalThis.others = others;
  chrome.runtime.sendMessage = async ({ type, data }) => {
    others.asked.push({ type, data });
    if (type === 'change-settings' && !others.requests[type]) {
      const told = others.requests['get-settings'];
      for (const [name, value] of Object.entries(data.settings)) told.settings[name] = value ?? '';
      return { ok: true, value: structuredClone(told) };
    }
    const answer = others.requests[type];
    if (answer?.code && 'detail' in answer) return { ok: false, code: answer.code, detail: answer.detail };
    return { ok: true, value: answer ?? null };
  };
  const managed = /* MANAGED */ {};
  if (Object.keys(managed).length > 0) chrome.storage.managed.get = async () => managed;
  chrome.runtime.connect = () => ({
    postMessage: (message) => others.heard.push(message),
    onMessage: { addListener: (listener) => listeners.push(listener) },
    onDisconnect: { addListener: () => {} },
  });
})();
