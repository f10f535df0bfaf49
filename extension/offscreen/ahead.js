/** Entry of the live path ahead of all else: a microphone that the person is about to speak into does not wait for the conversation. */

import { request } from '../lib/messages.js';
import { early } from './early-microphone.js';

// Only a start that the person pressed wants one; for whatever else the document is made, nothing is opened.
request('background', 'wanted-microphone').then((chosen) => chosen && early.open(chosen), console.error);
