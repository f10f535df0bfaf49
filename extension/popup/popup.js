/** Entry of the panel: wires. */
import { localize } from '../lib/i18n.js';
import { bindControls } from './controls.js';
import { Panel } from './panel.js';

localize(document);
const panel = new Panel(document);
bindControls(document, panel);
void panel.open();
