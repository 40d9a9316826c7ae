import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { addSyntheticRun, ONLINE } from '../api/synthetic-runs.ts';
import { fakeHost } from '../runs/fake-host.ts';
import { keel, workplace } from './keel-process.ts';

/** A data folder with one run that answered two prompts at two steps, which no process owns. */
async function homeWithRun() {
  const place = workplace();
  const host = fakeHost({}, place.home);
  const prompt = 'Where is\nmy order?';
  const replies = (score: number) => [
    { prompt, response: ' On its \u001b[2Jway.', score, judge: 0.125 },
    { prompt: 'Hello', response: '', score: -score },
  ];
  const { id } = addSyntheticRun(host, {
    config: { ...ONLINE, recipe: 'apa', name: 'apa' },
    steps: [
      { step: 0, metrics: { 'eval/reward': 0 }, replies: replies(0.25) },
      { step: 4, metrics: { 'eval/reward': 1, loss: Number.NaN }, replies: replies(0.5) },
    ],
  });
  await host.close({ now: true });
  host.setup.store.close();
  return { place, id };
}

test('keel runs samples shows the responses at a step, as text that cannot move the cursor', async () => {
  const { place, id } = await homeWithRun();
  const { out, code } = await keel(place, ['runs', 'samples', 'latest']).ended;
  expect(code).toBe(0);
  expect(out.trim().split('\n')).toEqual([
    `Step 4 of ${id}: 2 responses to the fixed prompts`,
    '',
    'prompt 0',
    '    Where is',
    '    my order?',
    'response: score 0.5, judge 0.125, 3 tokens, complete',
    '     On its <001B>[2Jway.',
    '',
    'prompt 1',
    '    Hello',
    'response: score -0.5, complete',
    '    (empty)',
    '',
    'Other steps with responses (--step): 0',
  ]);
  const first = await keel(place, ['runs', 'samples', id, '--step', '0', '--limit', '1', '--json']).ended;
  expect(JSON.parse(first.out)).toMatchObject({
    run: id,
    step: 0,
    steps: [0, 4],
    replies: 2,
    samples: [{ promptIndex: 0, score: 0.25, response: ' On its \u001b[2Jway.' }],
  });
  const absent = await keel(place, ['runs', 'samples', id, '--step', '3']).ended;
  expect([absent.code, absent.err]).toEqual([1, expect.stringContaining('Choose one of these steps: 0, 4.')]);
});

test('keel runs export writes metrics once and says how to open them', async () => {
  const { place, id } = await homeWithRun();
  const args = ['runs', 'export', 'latest', '--format', 'tensorboard', '--out', 'logs', '--samples'];
  const written = await keel(place, args).ended;
  const logs = join(place.folder, 'logs');
  expect([written.code, written.out]).toEqual([
    0,
    expect.stringMatching(
      new RegExp(`^Wrote 3 values and 4 responses of ${id}, .*\\nOpen it with: tensorboard --logdir ${logs}\\n$`),
    ),
  ]);
  expect(readdirSync(logs)).toEqual([id]);
  const again = await keel(place, [...args, '--json']).ended;
  expect([again.code, again.lines]).toEqual([
    1,
    [{ type: 'error', error: expect.objectContaining({ code: 'export_target_exists' }) }],
  ]);
  const csv = await keel(place, ['runs', 'export', id, id, '--format', 'csv', '--out', 'm.csv', '--json']).ended;
  expect(JSON.parse(csv.out)).toMatchObject({ out: join(place.folder, 'm.csv'), runs: [id], values: 3, samples: 0 });
  expect(readFileSync(join(place.folder, 'm.csv'), 'utf8').split('\n')).toHaveLength(5);
  const unknown = await keel(place, ['runs', 'export', id, '--format', 'wandb', '--out', 'x']).ended;
  expect([unknown.code, existsSync(join(place.folder, 'x'))]).toEqual([2, false]);
});
