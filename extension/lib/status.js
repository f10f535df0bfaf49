/**
 * The status snapshot: all that the panel, the badge and the tests know of a conversation. The offscreen document owns
 * it; everyone else only shows it.
 *
 * @typedef {'idle'|'starting'|'live'|'reconnecting'|'parked'|'ended'|'failed'} State
 * @typedef {'listening'|'thinking'|'speaking'} Activity  Shown inside `live`.
 * @typedef {'tab'|'screen'|'voice'} SourceKind
 * @typedef {'voice'|'text'} Reply
 * @typedef {'hands-free'|'push-to-talk'} Talk
 *
 * @typedef {object} Source
 * @property {SourceKind} kind
 * @property {string} title of the tab; empty where there is none. Hostile text: show it with textContent.
 * @property {string} site the name of the host in its address, as hostile; empty where there is none
 * @property {number} width pixels; 0 while unknown
 * @property {number} height
 *
 * @typedef {object} Picture what Gemini was sent last
 * @property {string} url a blob: URL of this extension, good as long as it stands in `pictures` and one picture longer
 * @property {number} width pixels
 * @property {number} height
 * @property {number} bytes
 * @property {number} time ms since the Unix epoch, when it was taken
 * @property {boolean} pointed the part that the person pointed at
 *
 * @typedef {object} Failure
 * @property {string} code one of ERROR_CODES in protocol.js; `lib/failures.js` has its words
 * @property {string} detail for the curious; English, may be empty, never a key or a token
 *
 * @typedef {object} Entry one bubble of the conversation
 * @property {number} id grows; an entry with a known id replaces that entry
 * @property {'user'|'model'|'note'} role `note` is a remark of ours, its text a key of `_locales`
 * @property {string} text hostile text, grows while it streams
 * @property {boolean} final no more text will come
 * @property {boolean} typed the person typed it
 * @property {boolean} cut the answer was interrupted
 * @property {number} [heard] so many characters of an answer have been heard yet, or were when it was interrupted; all where absent
 * @property {number} [amount] what the text of a note counts: seconds
 *
 * @typedef {object} Status
 * @property {State} state
 * @property {Activity} activity
 * @property {number} since ms since the Unix epoch: when `state` began
 * @property {Source} source
 * @property {boolean} hearing the microphone gives sound
 * @property {boolean} hearsTab Gemini hears what the tab sounds like, too
 * @property {boolean} keepsTab the last of what the tab sounds like is kept, to be asked about
 * @property {import('../background/page-guard.js').Finding} finding whether the page of the tab may be looked at
 * @property {boolean} muted
 * @property {boolean} paused nothing at all is captured
 * @property {Reply} reply
 * @property {Talk} talk
 * @property {boolean} held push-to-talk: the person presses, and is heard
 * @property {boolean} practice no key: the practice server answers
 * @property {string} model
 * @property {Failure|null} failure why it is `failed` or `reconnecting`; in `live` something smaller that went wrong
 * @property {Picture|null} picture the newest, while there is a source
 * @property {Picture[]} pictures the last that were sent, oldest first
 * @property {boolean} pointing the person points at a part of what is shared
 * @property {number} kept whole seconds of what the person said that wait for somebody to listen
 */

/** @returns {Status} */
export function idleStatus() {
  return {
    state: 'idle',
    activity: 'listening',
    since: Date.now(),
    source: { kind: 'tab', title: '', site: '', width: 0, height: 0 },
    hearing: false,
    hearsTab: false,
    keepsTab: false,
    finding: 'clear',
    muted: false,
    paused: false,
    reply: 'voice',
    talk: 'hands-free',
    held: false,
    practice: false,
    model: '',
    failure: null,
    picture: null,
    pictures: [],
    pointing: false,
    kept: 0,
  };
}
