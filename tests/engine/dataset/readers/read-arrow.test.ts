import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KeelError } from '#contract/errors.ts';
import { unpackLz4Frame } from '#engine/dataset/readers/lz4-frame.ts';
import { readAll, useFiles } from '../files.ts';

const file = useFiles();
const READERS = fileURLToPath(new URL('../../../fixtures/readers', import.meta.url));

describe('Arrow', () => {
  const stream = readFileSync(`${READERS}/stream-lz4.arrow`);

  it.each([10, 1000, 2000, 2500, stream.length - 200])('a stream that is cut at byte %i is refused', async (end) => {
    const why = expect.stringMatching(/damaged or incomplete|it is empty/);
    const error = expect.objectContaining({ code: 'dataset.broken_arrow', why });
    await expect(readAll(file('a.arrow', stream.subarray(0, end)))).rejects.toThrow(error);
  });

  it('a file without its end, version 1, and noise are refused', async () => {
    const refused = (why: string) =>
      expect.objectContaining({ code: 'dataset.broken_arrow', why: expect.stringContaining(why) });
    const whole = readFileSync(`${READERS}/lz4.feather`);
    await expect(readAll(file('a.feather', whole.subarray(0, -20)))).rejects.toThrow(refused('its end is missing'));
    await expect(readAll(file('b.feather', 'FEA1 and more'))).rejects.toThrow(refused('version 1'));
    await expect(readAll(file('c.arrow', ''))).rejects.toThrow(refused('it is empty'));
    await expect(readAll(file('d.arrow', 'x'.repeat(100)))).rejects.toThrow(refused('damaged'));
  });

  it('an LZ4 buffer that unpacks to more than it may is refused', () => {
    // An LZ4 frame of blocks of 4 MB, each "the byte before, n times": zeros.
    const length = 4 * 2 ** 20 - 10;
    const block = [0x1f, 0, 1, 0, ...Array.from({ length: Math.floor((length - 19) / 255) }, () => 255), 0, 0x10, 0];
    const size = [block.length & 255, (block.length >> 8) & 255, block.length >> 16, 0];
    const frame = (blocks: number) => {
      const body = Array.from({ length: blocks }, () => [...size, ...block]).flat();
      return Uint8Array.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x70, 0x73, ...body, 0, 0, 0, 0]);
    };
    const unpacked = unpackLz4Frame(frame(2), 64 * 2 ** 20);
    expect([unpacked.length > 8e6, unpacked.every((byte) => byte === 0)]).toEqual([true, true]);
    expect(() => unpackLz4Frame(frame(2), 2 ** 20)).toThrow(RangeError);
  });

  it('never throws anything but its own error on damaged bytes, and never takes long', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(stream.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const bytes = Buffer.from(stream);
        bytes[at]! ^= change;
        const rows = await readAll(file('x.arrow', bytes)).catch((error: unknown) => error);
        const isRefused = rows instanceof KeelError && rows.code === 'dataset.broken_arrow';
        expect(Array.isArray(rows) || isRefused).toBe(true);
      }),
      { numRuns: 100, seed: 5 },
    );
  });
});
