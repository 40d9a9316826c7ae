import { expect, test } from 'vitest';
import { keel, workplace } from './keel-process.ts';

const sick = { sickAt: 3, steps: 8 };

test('a run that the doctor pauses where nobody sees it: a checkpoint, what to do, and an exit code of its own', async () => {
  const [place, other] = [workplace(), workplace()];
  const waiting = keel(other, ['run', 'tiny.yaml', '--wait'], sick);
  await waiting.seen('paused by the doctor');
  const first = await keel(place, ['run', 'tiny.yaml'], sick).ended;
  expect(first.code).toBe(3);
  expect(first.out).toMatch(/ stopped at step 4 /);
  const id = /^(\S+) stopped/m.exec(first.out)?.[1];
  expect(first.err).toContain('stopped by the run doctor: entropy is gone');
  expect(first.err).toContain(`go back to before it: keel runs rollback ${id}`);
  expect(first.err).toContain(`continue unchanged: keel resume ${id}`);
  // With --wait, a run that was paused before this one still waits for a decision: one that has ended cannot continue.
  const unpaused = keel(other, ['runs', 'unpause', 'latest']).ended;
  // The advice is good: the run continues, and does not wait at the same place again.
  const second = await keel(place, ['resume', 'latest', '--json'], sick).ended;
  expect([second.code, second.lines.at(-1)]).toEqual([
    0,
    expect.objectContaining({ type: 'summary', state: 'finished', doctor: null }),
  ]);
  expect([(await unpaused).code, (await waiting.ended).code]).toEqual([0, 0]);
});
