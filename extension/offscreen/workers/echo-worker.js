/** Lays what was heard beside what was played: takes `{heard, played}` once, as `echoIn` does, and tells what that found. */

import { echoIn } from './likeness.js';

addEventListener('message', ({ data: { heard, played } }) => postMessage(echoIn(heard, played)), { once: true });
