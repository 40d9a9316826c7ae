import { readFileSync, writeFileSync } from 'node:fs';
import { createRouterClient } from '@orpc/server';
import { expect, test } from 'vitest';
import { fromTypedError } from '#contract/api/typed-client.ts';
import { loadDataset } from '#engine/dataset/load-dataset.ts';
import { ownContext } from '../../../src-main/api/base.ts';
import { router } from '../../../src-main/api/router.ts';
import { fakeHost } from '../../runs/fake-host.ts';
import { addSyntheticRun, ONLINE } from '../synthetic-runs.ts';

function opened() {
  const host = fakeHost({});
  const runs = ['polite', 'curt'].map((name) => {
    const replies = Array.from({ length: 6 }, (_, index) => ({ prompt: `p${index}\n`, response: ` ${name} ${index}` }));
    return addSyntheticRun(host, { config: { ...ONLINE, recipe: 'apa', name }, steps: [{ step: 5, replies }] }).id;
  });
  return { host, runs, client: createRouterClient(router, { context: ownContext(host) }) };
}

async function codeOf(work: Promise<unknown>): Promise<unknown> {
  const error = await work.then(
    () => null,
    (thrown: unknown) => fromTypedError(thrown),
  );
  return (error as { code?: string } | null)?.code ?? null;
}

/** Prefers the polite one in four pairs, calls one a tie and skips one. */
async function rated() {
  const all = opened();
  const { client, runs } = all;
  const session = await client.ratings.start({ sides: runs.map((run) => ({ run })), seed: 1 });
  const pairs = await client.ratings.pairs({ session: session.id });
  const polite = (side: string) => side.includes('polite');
  for (const { position, left } of pairs) {
    const preferred = polite(left) ? ('left' as const) : ('right' as const);
    const verdict = position === 4 ? 'tie' : position === 5 ? 'skip' : preferred;
    await client.ratings.rate({ session: session.id, position, verdict });
  }
  return { ...all, session, pairs };
}

test('names stay hidden until the end, and the result counts a tie one half', async () => {
  const { client, session, pairs, runs } = await rated();
  expect(JSON.stringify([session, pairs, await client.ratings.list()])).not.toMatch(new RegExp(runs.join('|')));
  expect(await codeOf(client.ratings.result({ session: session.id }))).toBe('rating_open');
  const result = await client.ratings.finish({ session: session.id });
  // 4 wins and a tie of 5: 4.5 / 5. statsmodels proportion_confint(4.5, 5, method='wilson') = (0.4629440, 0.9894700).
  expect(result).toMatchObject({
    seed: 1,
    sides: [
      { run: runs[0], name: 'polite', step: 5 },
      { run: runs[1], name: 'curt', step: 5 },
    ],
    outcomes: [{ ours: 0, theirs: 1, share: 0.9, n: 5, wins: 4, losses: 0, ties: 1, skipped: 1 }],
  });
  expect(result.outcomes[0]?.low).toBeCloseTo(0.462944, 6);
  expect(result.outcomes[0]?.high).toBeCloseTo(0.98947, 6);
  expect(await codeOf(client.ratings.rate({ session: session.id, position: 0, verdict: 'tie' }))).toBe(
    'rating_finished',
  );
});

test('the decided pairs are a preference dataset that the trainer reads', async () => {
  const { client, session } = await rated();
  const { file, rows, leftOut, dataset } = await client.ratings.exportPairs({ session: session.id });
  expect([rows, leftOut]).toEqual([4, 2]);
  expect((await client.datasets.list({})).map(({ id, path }) => [id, path])).toEqual([[dataset, file]]);
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  expect(JSON.parse(lines[0]!)).toEqual({
    prompt: expect.stringMatching(/^p\d\n$/),
    chosen: expect.stringMatching(/^ polite \d$/),
    rejected: expect.stringMatching(/^ curt \d$/),
  });
  const { records, format } = await loadDataset(file, {});
  expect(format.type).toBe('preference');
  expect(records.map(({ kind }) => kind)).toEqual(Array(4).fill('comparison'));
});

test('a preference dataset is written beside one that has changed, never over it', async () => {
  const { client, session } = await rated();
  const first = await client.ratings.exportPairs({ session: session.id });
  expect(await client.ratings.exportPairs({ session: session.id })).toEqual(first);
  writeFileSync(first.file, 'edited by hand\n');
  const second = await client.ratings.exportPairs({ session: session.id });
  expect(second.file).toBe(first.file.replace('.jsonl', '-2.jsonl'));
  expect(readFileSync(first.file, 'utf8')).toBe('edited by hand\n');
});

test('a verdict can be taken back, and what is missing is refused', async () => {
  const { client, runs } = opened();
  const { id } = await client.ratings.start({ sides: runs.map((run) => ({ run })), seed: 1 });
  expect(await codeOf(client.ratings.exportPairs({ session: id }))).toBe('ratings_undecided');
  expect(await client.ratings.rate({ session: id, position: 2, verdict: 'left' })).toMatchObject({ rated: 1 });
  expect(await client.ratings.rate({ session: id, position: 2, verdict: null })).toMatchObject({ rated: 0 });
  expect(await codeOf(client.ratings.rate({ session: id, position: 6, verdict: 'left' }))).toBe('pair_unknown');
  expect(await codeOf(client.ratings.pairs({ session: 99 }))).toBe('rating_unknown');
  const alike = [runs[0]!, runs[0]!].map((run) => ({ run }));
  expect(await codeOf(client.ratings.start({ sides: alike, seed: 1 }))).toBe('rating_without_pairs');
});
