/**
 * Turns a click or a command into a conversation. It decides nothing about one: whether a start begins it, moves its eyes
 * to another tab or changes nothing is for the offscreen document, which owns it.
 */

import { isBlocked } from '../lib/blocklist.js';
import { CodedError, request } from '../lib/messages.js';
import { readSettings } from '../lib/settings.js';
import { frontTab } from './follower.js';
import { readRules } from './page-guard.js';

/**
 * @typedef {import('./host-port.js').HostPort} HostPort
 * @typedef {import('./offscreen-document.js').OffscreenDocument} OffscreenDocument
 * @typedef {import('../lib/settings.js').Device} Device
 * @typedef {import('../lib/status.js').SourceKind} SourceKind
 */

/** How long the panel's opening waits for the host to say whether it has a key. */
const STATUS_PATIENCE_MS = 300;

export class Starter {
  #host;
  #document;
  /** What the start under way will tell the document, until it does. @type {ReturnType<typeof gather>|null} */
  #wanted = null;

  /** @param {HostPort} host @param {OffscreenDocument} document */
  constructor(host, document) {
    this.#host = host;
    this.#document = document;
  }

  /** The panel opens: a good moment to warm the host. @throws {CodedError} why there is no host */
  async openPanel() {
    const [shortcut, hostStatus] = await Promise.all([
      shortcutOf('ask-about-tab').catch(() => ''),
      this.#host.status(STATUS_PATIENCE_MS),
    ]);
    return { shortcut, hostStatus };
  }

  /**
   * Host, document and tab in parallel. What goes wrong from here on shows in the conversation's status.
   * @param {SourceKind} kind
   * @param {chrome.tabs.Tab} [tab] the tab a command came from
   */
  async start(kind, tab) {
    this.#host.connect().catch(() => {}); // Its failure is told to the offscreen document when that asks for a ticket.
    const wanted = gather(kind, tab);
    this.#wanted = wanted;
    try {
      await Promise.all([wanted, this.#document.ensure()]);
    } finally {
      if (this.#wanted === wanted) this.#wanted = null;
    }
    await request('offscreen', 'start', await wanted);
  }

  /**
   * The document that is being created asks this before it is there: the person may be speaking already.
   * @returns {Promise<Device|null>} what the start under way listens to; null without one
   */
  async wantedMicrophone() {
    const wanted = await this.#wanted?.catch(() => null);
    return wanted?.microphone ?? null;
  }

  /** @returns {Promise<boolean>} whether there is something to point at */
  async point() {
    await this.#document.ensure();
    return request('offscreen', 'point');
  }

  /** @returns {Promise<import('../lib/state.js').State>} of the conversation, if there is one */
  async state() {
    return (await this.#document.exists()) ? request('offscreen', 'state') : 'idle';
  }

  /** Something for a conversation to know; without one there is nothing to do. @param {string} type @param {object} [data] */
  async tell(type, data) {
    if (!(await this.#document.exists())) return;
    try {
      await request('offscreen', type, data);
    } catch (error) {
      // It may have gone meanwhile, and its conversation with it.
      if (await this.#document.exists()) throw error;
    }
  }
}

/** What a conversation begins with. @param {SourceKind} kind @param {chrome.tabs.Tab} [tab] */
async function gather(kind, tab) {
  const [active, rules, settings] = await Promise.all([
    kind === 'tab' ? (tab ?? activeTab()) : null,
    readRules(),
    readSettings(),
  ]);
  // What may not be looked at is not named either.
  const title = active && !isBlocked(active.url, rules) ? (active.title ?? '') : '';
  const { reply, talk, sounds, microphone, speaker } = settings;
  return { kind, tabId: active?.id ?? null, title, reply, talk, sounds, microphone, speaker, sound: soundWish(settings) };
}

/** @param {import('../lib/settings.js').Settings} settings @returns {import('../offscreen/capture.js').SoundWish} */
export function soundWish({ tabSound, quieter, justSaid }) {
  return { heard: tabSound, softened: quieter, kept: justSaid };
}

/** @returns {Promise<chrome.tabs.Tab>} */
async function activeTab() {
  const tab = await frontTab();
  if (!tab) throw new CodedError('tab-forbidden', 'there is no active tab');
  return tab;
}

/** The key really assigned to a command; empty when the browser gave it none. @param {string} name */
async function shortcutOf(name) {
  const commands = await chrome.commands.getAll();
  return commands.find((command) => command.name === name)?.shortcut ?? '';
}
