import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DATA_START, DataOrder } from '#engine/dataset/data-cursor.ts';
import { findOverlap } from '#engine/dataset/duplicates/find-overlap.ts';
import { epochOrder } from '#engine/dataset/seeded-order.ts';
import { splitDataset } from '#engine/dataset/split-dataset.ts';
import type { Comparison } from '#engine/records.ts';

const SUBJECTS = [
  'the red kite',
  'my old bicycle',
  'a glass of water',
  'the night train',
  'her garden gate',
  'their small boat',
];
const VERBS = ['costs more than', 'stands behind', 'belongs to', 'arrives after', 'was sold with', 'looks like'];

/** Pairs with distinct wording: numbers alone would not tell three-word runs apart. */
function pair(
  number: number,
  reply = `${number} reply of its own kind ${number * 7} and ${number * 13} things`,
): Comparison {
  const [a, b, c] = [number % 6, Math.floor(number / 6) % 6, Math.floor(number / 36) % 6] as [number, number, number];
  const prompt = `Question ${number} asks why ${SUBJECTS[a]} ${VERBS[b]} ${SUBJECTS[c]} number${number} today?`;
  return {
    kind: 'comparison',
    prompt,
    chosen: reply,
    rejected: `No answer to ${number}`,
    origin: { file: 'f', line: number + 1 },
  };
}

const pairs = Array.from({ length: 200 }, (_, number) => pair(number));

describe('split', () => {
  it('holds out the share asked for, everything once', () => {
    const { train, heldOut, removed } = splitDataset(pairs, { heldOutShare: 0.1, seed: 0, duplicates: 'remove_exact' });
    expect([train.length, heldOut.length, removed.length]).toEqual([180, 20, 0]);
    expect(new Set([...train, ...heldOut]).size).toBe(200);
  });

  it('depends on the seed and the content, not on the order of rows', () => {
    const outcome = (records: readonly Comparison[], seed: number) => {
      const { heldOut, removed } = splitDataset(records, { heldOutShare: 0.1, seed, duplicates: 'remove_near' });
      const prompts = (indices: readonly number[]) => indices.map((index) => records[index]!.prompt).sort();
      return { heldOut: prompts(heldOut), removed: prompts(removed.map(({ index }) => index)) };
    };
    // Half of them once more with other punctuation: one of each two is removed, always the same one.
    const repeated = pairs.slice(0, 100).map((record) => ({ ...record, prompt: `${record.prompt as string}..` }));
    const records = [...pairs, ...repeated];
    const shuffled = [...epochOrder(5, 0, records.length)].map((index) => records[index]!);
    expect(outcome(shuffled, 0)).toEqual(outcome(records, 0));
    expect(outcome(records, 0).removed).toHaveLength(100);
    expect(outcome(records, 1)).not.toEqual(outcome(records, 0));
  });

  it('keeps rows of one prompt together and leaves near-duplicates out', () => {
    const long =
      'please explain in plain words how a tide mill on the coast of Brittany grinds wheat at low water and why few are left';
    const same = (reply: string, prompt = long): Comparison => ({ ...pair(1, reply), prompt });
    const replies = [
      'It stores the flood behind a dam and lets it out over a wheel when the sea has fallen.',
      'Ask a miller.',
      'I do not know this.',
    ];
    const records = [
      ...pairs,
      ...replies.map((reply) => same(reply)),
      same(`${replies[0]}!`, `${long.replace('please explain', 'Please EXPLAIN')}?`),
    ];
    for (let seed = 0; seed < 8; seed++) {
      const { train, heldOut, removed } = splitDataset(records, { heldOutShare: 0.2, seed, duplicates: 'remove_near' });
      const places = [200, 201, 202, 203]
        .filter((index) => !removed.some((entry) => entry.index === index))
        .map((index) => heldOut.includes(index));
      expect(removed).toHaveLength(1);
      expect([200, 203]).toContain(removed[0]!.index);
      expect([200, 203]).toContain(removed[0]!.duplicateOf);
      expect(new Set(places).size).toBe(1);
      expect(train.length + heldOut.length).toBe(203);
    }
  });

  it('refuses to leave a part empty', () => {
    const options = { heldOutShare: 0.5, seed: 0, duplicates: 'remove_exact' } as const;
    expect(() => splitDataset([pair(1)], options)).toThrow(expect.objectContaining({ code: 'dataset.empty_split' }));
    expect(() => splitDataset([pair(1, 'a'), pair(1, 'b')], options)).toThrow(
      expect.objectContaining({ code: 'dataset.empty_split' }),
    );
    expect(splitDataset([pair(1)], { ...options, heldOutShare: 0 }).train).toEqual([0]);
  });

  it('offers another share only where one helps', () => {
    const options = { heldOutShare: 0.1, seed: 0, duplicates: 'remove_exact' } as const;
    const one = [pair(1, 'a'), pair(1, 'b')];
    expect(() => splitDataset(one, options)).toThrow(
      expect.objectContaining({
        why: '2 records with 1 different prompt cannot be split into a training and a held-out part.',
        fix: 'Use data with more different prompts, or set data.held_out_fraction to 0 to train without an evaluation.',
      }),
    );
    const two = [...one, pair(2)];
    expect(() => splitDataset(two, options)).toThrow(
      expect.objectContaining({ fix: expect.stringContaining('change data.held_out_fraction') }),
    );
    expect(splitDataset(two, { ...options, heldOutShare: 0.4 }).heldOut).not.toEqual([]);
  });
});

it('finds training records whose prompt is held out elsewhere', () => {
  const heldOut = [{ ...pair(3), origin: { file: 'g', line: 1 } }];
  const nearly = { ...pair(5), prompt: (pair(5).prompt as string).toUpperCase() };
  expect(findOverlap([...pairs, pair(3)], [...heldOut, nearly])).toEqual({ exact: [3, 200], near: [5] });
  expect(findOverlap(heldOut, pairs.slice(4))).toEqual({ exact: [], near: [] });
});

describe('order of epochs', () => {
  it('is a permutation that seed and epoch decide, 0 included', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 2 ** 31 }),
        fc.nat({ max: 50 }),
        fc.integer({ min: 1, max: 60 }),
        (seed, epoch, count) => {
          const order = epochOrder(seed, epoch, count);
          expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, index) => index));
          expect(epochOrder(seed, epoch, count)).toEqual(order);
        },
      ),
      { seed: 5 },
    );
    expect([...epochOrder(0, 0, 50)]).not.toEqual([...epochOrder(0, 1, 50)]);
    expect([...epochOrder(0, 0, 50)]).not.toEqual([...epochOrder(1, 0, 50)]);
  });

  it('puts every row everywhere equally often', () => {
    const count = 8;
    const times = new Float64Array(count * count);
    for (let epoch = 0; epoch < 8000; epoch++) {
      epochOrder(3, epoch, count).forEach((row, place) => {
        times[row * count + place]! += 1;
      });
    }
    // 1,000 expected in each cell with a standard deviation of 30.
    expect(Math.min(...times)).toBeGreaterThan(850);
    expect(Math.max(...times)).toBeLessThan(1150);
  });
});

describe('data cursor', () => {
  it('resumes anywhere and gives every row once an epoch', () => {
    const order = new DataOrder(10, 0);
    const given: number[] = [];
    let cursor = DATA_START;
    for (let step = 0; step < 5; step++) {
      const { indices, next } = order.batch(cursor, 4);
      expect(new DataOrder(10, 0).batch(JSON.parse(JSON.stringify(cursor)), 4)).toEqual({ indices, next });
      given.push(...indices);
      cursor = next;
    }
    expect(cursor).toEqual({ epoch: 1, position: 10 });
    for (const epoch of [given.slice(0, 10), given.slice(10)]) expect(new Set(epoch).size).toBe(10);
  });

  it('gives batches larger than the data', () => {
    expect(new DataOrder(2, 0).batch(DATA_START, 5).indices).toHaveLength(5);
    expect(() => new DataOrder(0, 0)).toThrow(RangeError);
  });
});
