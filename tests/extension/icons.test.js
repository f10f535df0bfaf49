import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const SIZES = { idle: [16, 32, 48, 128], starting: [16, 32], live: [16, 32], muted: [16, 32], reconnecting: [16, 32], failed: [16, 32] };

test('every icon is there, a PNG of the size in its name', () => {
  for (const [state, sizes] of Object.entries(SIZES)) {
    for (const size of sizes) {
      const png = readFileSync(new URL(`../../extension/icons/${state}-${size}.png`, import.meta.url));
      assert.equal(png.subarray(1, 4).toString('latin1'), 'PNG');
      assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [size, size], `${state}-${size}`);
    }
  }
});
