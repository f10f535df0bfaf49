/** Entry of the page that finds the failing link: walks once when it is opened, and whenever it is told to. */
import { loadTexts, localize, text } from '../lib/i18n.js';
import { request } from '../lib/messages.js';
import { listen } from '../lib/page-actions.js';
import { Link } from '../offscreen/link.js';
import { rowsOf } from './table.js';
import { itemOf, resultOf, showMore } from './view.js';
import { hear, walk } from './walk.js';

const WORLD = { request, openLink: Link.open, hear, version: chrome.runtime.getManifest().version };

await loadTexts();
localize(document);
const [result, list, more] = ['result', 'links', 'more'].map((id) => /** @type {HTMLElement} */ (document.getElementById(id)));
let walking = false;
listen(document, (action) => {
  if (action === 'walk') void look();
});
await look();

/** One walk at a time: pressed again meanwhile, the button does nothing, and keeps the focus. */
async function look() {
  if (walking) return;
  walking = true;
  result.textContent = text('links_looking');
  list.replaceChildren();
  list.ariaBusy = 'true';
  const found = [];
  for await (const finding of walk(WORLD)) {
    found.push(finding);
    list.append(...rowsOf(found).filter(({ link }) => link === finding.link).map(itemOf));
  }
  const rows = rowsOf(found);
  for (const [at, row] of rows.entries()) {
    const there = /** @type {HTMLElement|undefined} */ (list.children[at]);
    if (there?.dataset.link !== row.link) list.insertBefore(itemOf(row), there ?? null);
  }
  list.ariaBusy = 'false';
  result.textContent = resultOf(rows);
  showMore(more, rows.some(({ state }) => state === 'failed'));
  walking = false;
}
