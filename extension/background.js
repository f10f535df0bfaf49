/** Entry of the service worker. Every listener is registered at once: a worker is woken by the event it has to hear. */

import { showBadge } from './background/badge.js';
import { Follower } from './background/follower.js';
import { HostPort } from './background/host-port.js';
import { OffscreenDocument } from './background/offscreen-document.js';
import { PageGuard } from './background/page-guard.js';
import { PanelWindow, placeOf } from './background/panel-window.js';
import { leaveTab, openPointWindow, pointInTab } from './background/pointer.js';
import { Shutter } from './background/shutter.js';
import { Starter, soundWish } from './background/starter.js';
import { grantTab, viewTab } from './background/tab-grant.js';
import { giveUpUnlessAllowed } from './lib/following.js';
import { CodedError, serve } from './lib/messages.js';
import { microphonePermission } from './lib/microphone-permission.js';
import { readSettings } from './lib/settings.js';
import { isRunning } from './lib/state.js';

/** The person must see soon that Tabtalk listens, even when a capture takes its time. */
const PANEL_MS = 600;
/** A key is tried with the service, and a keychain may have to be waited for. */
const ACCESS_MS = 60_000;

const panel = new PanelWindow();
const host = new HostPort();
const offscreen = new OffscreenDocument();
const starter = new Starter(host, offscreen);
const guard = new PageGuard((tabId) => starter.tell('page-changed', { tabId }).catch(report));
const follower = new Follower((tabId) => void starter.tell('follow', { tabId }).catch(report));
const shutter = new Shutter();

serve('background', {
  'open-document': () => offscreen.ensure(),
  // Somebody may have pressed since it asked.
  'renew-document': async () => isRunning(await starter.state()) || offscreen.renew(),
  'wanted-microphone': () => starter.wantedMicrophone(),
  'open-panel': () => starter.openPanel(),
  'start': ({ source }) => starter.start(source),
  'connect-host': () => host.ticket(),
  'grant-tab': async ({ tabId }) => {
    await guard.invited(tabId);
    const verdict = await guard.judge(tabId);
    if (verdict.finding !== 'clear') throw new CodedError('page-blocked');
    panel.keepOpen().catch(report);
    return { ...(await grantTab(tabId)), verdict };
  },
  'follow-tab': async ({ tabId }) => {
    const [view, verdict] = await Promise.all([viewTab(tabId, 1, true).catch(gone), guard.judge(tabId)]);
    return { ...view, verdict };
  },
  'take-still': async ({ tabId }) => ((await guard.judge(tabId)).finding === 'clear' ? shutter.take(tabId) : null),
  'judge-page': ({ tabId }) => guard.judge(tabId),
  'invited': ({ tabId }) => guard.invited(tabId),
  'leave-page': ({ tabId }) => guard.leave(tabId),
  'capture-settled': () => panel.settle(),
  'show-panel': () => panel.bringBack(),
  'point': () => point(),
  'point-in-tab': ({ tabId }) => pointInTab(tabId),
  'leave-tab': ({ tabId }) => leaveTab(tabId),
  'open-point-window': (picture) => openPointWindow(picture),
  'pointed': () => panel.comeBack(),
  'view-tab': async ({ tabId, ratio, moved }) => {
    const [view, name] = await Promise.all([viewTab(tabId, ratio, moved).catch(gone), guard.nameOf(tabId)]);
    return { ...view, ...name };
  },
  'status-changed': (look) => {
    attend(isRunning(look.state));
    return showBadge(look);
  },
  'get-settings': async () => {
    // The page that asks may have heard of a decision before this worker does.
    await host.tellManaged();
    return host.request('get-settings');
  },
  'change-settings': ({ settings }) => host.request('change-settings', { settings }),
  'get-profiles': () => host.request('get-profiles'),
  'give-key': ({ profile, key }) => host.request('give-key', { profile, key }, ACCESS_MS),
  'use-vertex': ({ profile, project, location }) => host.request('use-vertex', { profile, project, location }, ACCESS_MS),
  'change-profile': ({ change, profile, name }) => host.request('change-profile', { change, profile, name }, ACCESS_MS),
  'check-links': () => host.request('check-links', {}, ACCESS_MS),
  'get-kept': () => host.request('get-kept'),
  'delete-log': () => host.request('delete-log'),
  'list-models': () => host.request('list-models', {}, ACCESS_MS),
  'hear-voice': ({ voice, language }) => host.request('hear-voice', { voice, language }, ACCESS_MS),
  'hush': () => host.request('hush'),
  'conversation-state': () => starter.state(),
  'shortcuts': () => chrome.commands.getAll(),
  'check-host': async () => {
    const { version } = await host.connect();
    return { version, ...(await host.status(5000)) };
  },
});

chrome.commands.onCommand.addListener((command, tab) => {
  if (command === 'ask-about-tab') {
    // The panel comes once the capture has begun, which would close it; or sooner, where that takes long, and then again.
    const begun = starter.start('tab', tab).catch(report);
    const place = placeOf(tab);
    for (const moment of [Promise.race([begun, patience(PANEL_MS)]), begun]) {
      moment.then(async () => panel.keepShown(await place)).catch(report);
    }
  } else if (command === 'point') {
    point().catch(report);
  } else if (command === 'toggle-microphone') {
    starter.tell('toggle-microphone').catch(report);
  } else if (command === 'push-to-talk') {
    starter.tell('toggle-press').catch(report);
  } else if (command === 'end-session') {
    starter.tell('end').catch(report);
  }
});

chrome.windows.onBoundsChanged.addListener(() => {
  starter.tell('refit').catch(report);
});

/** Only a conversation that runs has to be woken by what happens around it. @param {boolean} running */
function attend(running) {
  if (running) {
    chrome.idle.onStateChanged.addListener(onIdle);
    follower.attend();
  } else {
    chrome.idle.onStateChanged.removeListener(onIdle);
    follower.rest();
    guard.rest();
  }
}

/** Whoever locks the screen goes away. @param {string} state */
function onIdle(state) {
  if (state === 'locked') starter.tell('screen-locked').catch(report);
}

chrome.storage.onChanged.addListener(({ follow, microphone, speaker, tabSound, quieter, justSaid }, area) => {
  guard.recheck();
  // The browser knows its policies some time after it began.
  if (area === 'managed') host.tellManaged().catch(report);
  if (follow?.newValue === false) starter.tell('unfollow').catch(report);
  if (microphone) readSettings().then((settings) => starter.tell('listen-to', { microphone: settings.microphone })).catch(report);
  if (tabSound || quieter || justSaid) readSettings().then((settings) => starter.tell('wish-sound', soundWish(settings))).catch(report);
  if (speaker) readSettings().then((settings) => starter.tell('speak-from', { speaker: settings.speaker })).catch(report);
});

// The person, or a company's policy, took the right back in the browser's own pages.
chrome.permissions.onRemoved.addListener(() => void giveUpUnlessAllowed().catch(report));

chrome.runtime.onInstalled.addListener(({ reason }) => {
  if (reason === 'install') chrome.tabs.create({ url: 'welcome/welcome.html' });
  beReady().catch(report);
});
chrome.runtime.onStartup.addListener(() => void beReady().catch(report));

/** Whoever presses the shortcut speaks at once: the document that hears them is there by then, if they ever let it hear. */
async function beReady() {
  if ((await microphonePermission()) === 'granted') await offscreen.ensure();
}

/** @returns {never} */
function gone() {
  throw new CodedError('tab-lost');
}

/** Begins to point, or leaves it. Why there is nothing to point at is told in the panel. */
async function point() {
  await panel.stepAside();
  if (!(await starter.point())) await panel.keepShown();
}

/** @param {number} ms */
function patience(ms) {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

/** @param {unknown} error */
function report(error) {
  console.error(error);
}
