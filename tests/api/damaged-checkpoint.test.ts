import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { listCheckpoints } from '#engine/session/checkpoint/checkpoints.ts';
import { readEventsNamed } from '../../src-main/store/queries/events.ts';
import { temporaryHome, watchAll } from '../runs/fake-host.ts';
import { realHost, resultOf } from '../runs/real-host.ts';
import { freshTinyWorld } from '../support/fresh-tiny-world.ts';
import { tinyConfigs } from '../support/tiny-world.ts';

function changeByte(path: string): void {
  const bytes = readFileSync(path);
  bytes[bytes.length - 1]! ^= 1;
  writeFileSync(path, bytes);
}

test('with its two newest checkpoints damaged a run still ends exactly; what would use one of them is refused', {
  timeout: 240_000,
}, async () => {
  const { world, remove } = await freshTinyWorld();
  onTestFinished(remove);
  const { host, client } = realHost();
  const folder = host.setup.home;
  // Enough iterations that a stop at the fourth arrives before the last, however busy the machine is.
  const start = (name: string) =>
    host.start({ config: JSON.stringify({ ...tinyConfigs(world, 20).apa, name }), baseFolder: folder });
  const whole = start('whole');
  await watchAll(host, whole.id);
  const half = start('half');
  for await (const { metrics } of host.watch(half.id, { after: 0, withSamples: false }))
    if (metrics.some(({ step }) => step >= 4)) host.stop(half.id);
  expect(host.find(half.id).state).toBe('stopped');

  const [newest, before] = listCheckpoints(half.folder).toReversed();
  if (!newest || !before) throw new Error('the run has fewer than two checkpoints');
  changeByte(join(newest.folder, 'policy.safetensors'));
  truncateSync(join(before.folder, 'manifest.json'), 30);
  const corrupt = { data: { code: 'checkpoint_corrupt' } };
  for (const { step } of [newest, before]) {
    const out = join(temporaryHome(), 'out');
    const exported = { run: half.id, folder, format: 'hf' as const, what: 'policy' as const, tag: `${step}`, out };
    await expect(client.jobs.export(exported).then(resultOf)).rejects.toMatchObject(corrupt);
    const asked = {
      folder,
      model: `checkpoint:${half.id}@${step}`,
      input: { rows: [{ prompt: 'a' }] },
      maxNewTokens: 2,
    };
    await expect(client.jobs.generate(asked).then(resultOf)).rejects.toMatchObject(corrupt);
  }

  await client.runs.resume({ run: half.id });
  expect((await watchAll(host, half.id)).at(-1)?.run).toMatchObject({ state: 'finished', error: null });
  const told = readEventsNamed(host.setup.store.read, half.number, 'checkpoint_rejected');
  expect(told.map(({ step, detail }) => [step, detail.folder, detail.why])).toEqual([
    [newest.step, newest.folder, expect.stringContaining('policy.safetensors does not match its hash')],
    [before.step, before.folder, expect.stringContaining('manifest.json is incomplete')],
  ]);
  const weights = (of: string) => readFileSync(join(of, 'artifacts/policy/model.safetensors'));
  expect(weights(half.folder).equals(weights(whole.folder))).toBe(true);
});
