/** Entry of the panel: wires. */
import { loadTexts, localize } from '../lib/i18n.js';
import { bindControls } from './controls.js';
import { Panel } from './panel.js';

await loadTexts();
localize(document);
const panel = new Panel(document);
bindControls(document, panel);
void panel.open();
