import { expect, test } from 'vitest';
import { keel, workplace } from './keel-process.ts';

test('a run that the doctor pauses where nobody sees it: a checkpoint, what to do, and an exit code of its own', async () => {
  const place = workplace();
  const sick = { sickAt: 3, steps: 8 };
  const first = await keel(place, ['run', 'tiny.yaml'], sick).ended;
  expect(first.code).toBe(3);
  expect(first.out).toMatch(/ stopped at step 4 /);
  const id = /^(\S+) stopped/m.exec(first.out)?.[1];
  expect(first.err).toContain('stopped by the run doctor: entropy is gone');
  expect(first.err).toContain(`go back to before it: keel runs rollback ${id}`);
  expect(first.err).toContain(`continue unchanged: keel resume ${id}`);
  // The advice is good: the run continues, and does not wait at the same place again.
  const second = await keel(place, ['resume', 'latest', '--json'], sick).ended;
  expect([second.code, second.lines.at(-1)]).toEqual([
    0,
    expect.objectContaining({ type: 'summary', state: 'finished', doctor: null }),
  ]);
});

test('with --wait, it waits for a decision', async () => {
  const place = workplace();
  const run = keel(place, ['run', 'tiny.yaml', '--wait'], { sickAt: 3, steps: 8 });
  await run.seen('paused by the doctor');
  // Longer than a command without --wait gives a pause to end by itself.
  await new Promise((resolve) => setTimeout(resolve, 2500));
  const shown = JSON.parse((await keel(place, ['runs', 'list', '--json']).ended).out);
  expect(shown).toMatchObject([{ state: 'paused' }]);
  expect((await keel(place, ['runs', 'unpause', 'latest']).ended).code).toBe(0);
  expect((await run.ended).code).toBe(0);
});
