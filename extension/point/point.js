/** Entry of the window in which the person points at a part of the picture: tells the box, and closes. */
import { loadTexts, localize, text } from '../lib/i18n.js';
import './boxes.js';
import './marker.js';

const { shares } = globalThis.tabtalkBoxes;

await loadTexts();
localize(document);
const port = chrome.runtime.connect({ name: 'point' });
port.onDisconnect.addListener(() => globalThis.close());
port.onMessage.addListener(({ url, width, height }) => void show(String(url), Number(width), Number(height)));

/** @param {string} url a blob: URL of the offscreen document @param {number} width pixels @param {number} height */
async function show(url, width, height) {
  const place = /** @type {HTMLElement} */ (document.getElementById('picture'));
  place.style.setProperty('--shape', String(width / height));
  const tree = place.attachShadow({ mode: 'open' });
  const image = new Image();
  image.src = url;
  image.alt = text('sight_label');
  Object.assign(image.style, { display: 'block', width: '100%', height: '100%' });
  await image.decode();
  tree.append(image);
  const marker = new globalThis.TabtalkMarker(tree, {
    label: text('point_label'),
    help: text('point_window_help'),
    leave: text('point_leave'),
    where: (...parts) => text('point_where', ...parts),
  });
  marker.surface.focus();
  const box = await marker.marked;
  const { width: wide, height: high } = marker.surface.getBoundingClientRect();
  // Whoever asked hangs up when this has arrived.
  port.postMessage(box && shares(box, { width: wide, height: high }));
}
