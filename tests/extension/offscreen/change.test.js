import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ChangeDetector, isComparable, layoutOf } from '../../../extension/offscreen/workers/change.js';

const WIDTH = 1440;
const HEIGHT = 900;

/** A view of painted boxes in I420, told to a detector at 10 frames a second. */
class View {
  #layout = layoutOf('I420', WIDTH, HEIGHT);
  #pixels = new Uint8Array(WIDTH * HEIGHT).fill(255);
  now = 1000;
  detector = new ChangeDetector();

  /** @param {number} x @param {number} y @param {number} width @param {number} height @param {number} luma */
  paint(x, y, width, height, luma) {
    for (let line = y; line < Math.min(HEIGHT, y + height); line += 1) this.#pixels.fill(luma, line * WIDTH + x, line * WIDTH + Math.min(WIDTH, x + width));
    return this;
  }

  /** Something like text: each letter has a pattern of its own. @param {number} x @param {number} y @param {number} size @param {string} text */
  write(x, y, size, text) {
    const advance = Math.round(size * 0.6);
    [...text].forEach((letter, index) => {
      this.paint(x + index * advance, y, advance, size, 255);
      for (let cell = 0; cell < 35; cell += 1) {
        if (Math.imul(letter.charCodeAt(0) * 35 + cell + 1, 0x9e3779b1) >= 0) continue;
        const [left, top] = [(cell % 5) * (advance / 6), Math.floor(cell / 5) * (size / 7)].map(Math.round);
        this.paint(x + index * advance + left, y + top, Math.max(1, Math.round(advance / 6)), Math.max(1, Math.round(size / 7)), 20);
      }
    });
    return this;
  }

  /** The frame comes. @returns {{grade: string, moving: boolean}} */
  show() {
    const room = this.detector.room(this.#layout);
    const [{ offset, stride }] = this.#layout.planes;
    const bytes = new Uint8Array(room.buffer);
    for (let line = 0; line < HEIGHT; line += 1) {
      bytes.set(this.#pixels.subarray(line * WIDTH, (line + 1) * WIDTH), 4 * (offset + line * stride));
    }
    return this.detector.see(room, this.now);
  }

  /** The frame comes and is taken as the picture. */
  take() {
    const seen = this.show();
    this.detector.keep();
    return seen;
  }

  /** @param {number} ms */
  wait(ms) {
    this.now += ms;
    return this;
  }
}

function page() {
  const view = new View();
  for (let line = 0; line < 40; line += 1) view.write(60, 60 + line * 20, 13, `The terns of line ${line} fly to Antarctica and back every year.`);
  view.take();
  return view;
}

test('the first frame is large, and the same again is none', () => {
  const view = new View();
  assert.deepEqual(view.show(), { grade: 'large', moving: true });
  view.detector.keep();
  assert.deepEqual(view.wait(100).show(), { grade: 'none', moving: false });
});

test('noise that nobody sees is none', () => {
  const view = page();
  view.paint(0, 0, WIDTH, 40, 250);
  assert.equal(view.show().grade, 'none');
});

test('a line of text that changes is large, at once', () => {
  const view = page();
  assert.equal(view.wait(100).write(60, 400, 13, 'Nobody has ever counted them on their long way to the south.').show().grade, 'large');
});

test('a word that changes is small', () => {
  const view = page();
  assert.equal(view.wait(100).write(60, 400, 13, 'Some terns').show().grade, 'small');
});

test('a dialog and another page are large; so is a video, however long it plays', () => {
  assert.equal(page().wait(100).paint(500, 300, 400, 250, 200).show().grade, 'large');
  assert.equal(page().wait(100).paint(0, 0, WIDTH, HEIGHT, 90).show().grade, 'large');
  const video = page();
  for (let frame = 0; frame < 200; frame += 1) {
    video.wait(100).paint(300, 200, 640, 360, 40 + (frame % 2) * 100);
    assert.deepEqual(video.show(), { grade: 'large', moving: true }, `frame ${frame}`);
    video.detector.keep();
  }
});

test('a cursor that blinks is at most faint, and soon none', () => {
  const view = page();
  /** @type {string[]} */
  const grades = [];
  for (let blink = 0; blink < 40; blink += 1) grades.push(view.wait(500).paint(700, 123, 2, 18, blink % 2 ? 255 : 0).show().grade);
  assert.deepEqual(new Set(grades.slice(0, 3)), new Set(['faint', 'none']));
  assert.deepEqual(new Set(grades.slice(3)), new Set(['none']));
});

test('a spinner is soon none', () => {
  const view = page();
  /** @type {string[]} */
  const grades = [];
  for (let turn = 0; turn < 100; turn += 1) {
    view.wait(100).paint(1000, 500, 40, 40, 255).paint(1000 + (turn % 4) * 10, 500 + ((turn >> 2) % 4) * 10, 10, 10, 0);
    grades.push(view.show().grade);
  }
  assert.ok(!grades.includes('large'), String(grades));
  assert.deepEqual(new Set(grades.slice(15)), new Set(['none']));
});

test('a clock of any size is never large, and soon faint or less, from minute to minute and from hour to hour', () => {
  for (const size of [13, 24, 48, 80]) {
    const view = page();
    for (let second = 0; second < 130; second += 1) {
      const time = new Date(Date.UTC(2026, 0, 1, 9, 58, 55 + second)).toISOString().slice(11, 19);
      const { grade } = view.wait(1000).write(700, 200, size, time).show();
      if (second === 0) view.detector.keep();
      else if (second === 1) assert.notEqual(grade, 'large', `${size} px: ${time}`);
      else assert.ok(['none', 'faint'].includes(grade), `${size} px: ${grade} at ${time}`);
      if (second % 10 === 0) view.detector.keep();
    }
  }
});

test('beside a clock a line of text that changes is still large', () => {
  const view = page();
  for (let second = 0; second < 20; second += 1) view.wait(1000).write(1000, 20, 24, `09:58:${10 + second}`).show();
  assert.equal(view.wait(100).write(60, 600, 13, 'Nobody has ever counted them on their long way to the south.').show().grade, 'large');
});

test('what was restless is not so for ever', () => {
  const view = page();
  for (let second = 0; second < 20; second += 1) view.wait(1000).write(700, 200, 48, String(10 + second)).show();
  view.take();
  assert.equal(view.wait(60_000).write(700, 200, 48, 'AB').show().grade, 'small');
});

test('after a scroll what is there now is not restless', () => {
  const view = page();
  for (let step = 0; step < 60; step += 1) {
    view.paint(0, 0, WIDTH, HEIGHT, 255);
    // Thinly set, so that few tiles change.
    for (let line = 0; line < 15; line += 1) view.write(300, 60 + line * 48 - (step % 6) * 8, 13, `Line ${line + Math.floor(step / 6)}: a few words about the terns`);
    assert.deepEqual(view.wait(100).show(), { grade: 'large', moving: true });
  }
  view.take();
  assert.equal(view.wait(300).write(60, 400, 13, 'x'.repeat(60)).show().grade, 'large');
});

test('an advertisement that moves all the time is soon faint, and does not count as moving', () => {
  const view = page();
  /** @type {{grade: string, moving: boolean}[]} */
  const seen = [];
  for (let frame = 0; frame < 100; frame += 1) seen.push(view.wait(100).paint(1100, 100, 300, 250, frame % 2 ? 60 : 160).take());
  assert.equal(seen[0].grade, 'large');
  assert.deepEqual(seen.at(-1), { grade: 'faint', moving: false });
});

test('many specks at once are more than specks', () => {
  const view = page().wait(100);
  for (let row = 0; row < 12; row += 1) for (let column = 0; column < 2; column += 1) view.paint(960 + column * 128, 64 + row * 64, 10, 10, 0);
  assert.equal(view.show().grade, 'small');
});

test('the mouse pointer that wanders is faint', () => {
  const view = page();
  for (let step = 0; step < 50; step += 1) {
    const x = 800 + step * 12;
    view.wait(100).paint(x, 300, 12, 19, 0);
    assert.ok(['faint', 'none'].includes(view.show().grade));
    view.paint(x, 300, 12, 19, 255);
  }
});

test('another size is another view', () => {
  const view = page();
  const layout = layoutOf('NV12', 800, 600);
  assert.equal(view.detector.see(view.detector.room(layout), view.now).grade, 'large');
  view.detector.keep();
  assert.equal(view.detector.see(view.detector.room(layout), view.now).grade, 'none');
});

test('a change of colour alone is seen, in every format', () => {
  for (const format of ['I420', 'NV12', 'RGBA']) {
    assert.ok(isComparable(format));
    const detector = new ChangeDetector();
    const layout = layoutOf(format, 320, 320);
    detector.see(detector.room(layout), 0);
    detector.keep();
    const room = detector.room(layout).fill(0);
    room.fill(0x40404040, (layout.planes[1] ?? layout.planes[0]).offset);
    assert.equal(detector.see(room, 100).grade, 'large', format);
  }
  assert.ok(!isComparable('I444A'));
});

test('a view that is no whole number of tiles is covered', () => {
  const layout = layoutOf('I420', 1041, 633);
  assert.deepEqual([layout.columns, layout.rows], [66, 40]);
  const bytes = layout.words * 4;
  assert.equal(bytes, 66 * 16 * 40 * 16 * 1.5);
  const large = layoutOf('I420', 2880, 1800);
  assert.deepEqual([large.columns, large.rows, large.words * 4], [90, 57, 90 * 32 * 57 * 32 * 1.5]);
});
