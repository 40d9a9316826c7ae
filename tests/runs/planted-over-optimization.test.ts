import { beforeAll, expect, test } from 'vitest';
import { DOCTOR_EVENT, REPORT_EVENT } from '#contract/run-events.ts';
import { compareRuns } from '../../src-main/api/studies/compare-runs.ts';
import { renderReport } from '../../src-main/cli/render/render-report.ts';
import { readEventsNamed } from '../../src-main/store/queries/events.ts';
import { freshTinyWorld } from '../support/fresh-tiny-world.ts';
import { type TinyWorld, tinyConfigs } from '../support/tiny-world.ts';
import { realHost } from './real-host.ts';

let world: TinyWorld;
beforeAll(async () => {
  const fresh = await freshTinyWorld();
  world = fresh.world;
  return fresh.remove;
});

const rule = (expression: string) => ({ type: 'rules', rules: [{ type: 'expression', expression }] });
/** A model of random weights never ends a reply. */
const OFF = ['collapse', 'kl_blow_up', 'eos_missing', 'repetition', 'no_anchor', 'critic_useless', 'length_hacking'];

test('a reward that an independent judge counts against is named by doctor, report, and comparison alike', {
  timeout: 240_000,
}, async () => {
  const { host, client } = realHost();
  const config = {
    ...tinyConfigs(world, 6).apa,
    reward: rule('count("e")'),
    judge: rule('0 - count("e")'),
    rollouts: { num_rollouts: 32, chunk_size: 32 },
    updates: { total_iterations: 6, minibatch_size: 8 },
    optimizer: { learning_rate: 0.01 },
    method: { apa_lambda: 0.1 },
    evaluation: { interval_iterations: 2, num_prompts: 12, num_samples: 0 },
    doctor: { actions: Object.fromEntries(OFF.map((regime) => [regime, 'off'])) },
  };
  const { id } = await client.runs.start({ config: JSON.stringify(config), baseFolder: world.folder });
  await host.idle();
  const { read } = host.setup.store;
  const run = host.find(id);
  expect(run.state).toBe('finished');

  const found = readEventsNamed(read, run.number, DOCTOR_EVENT);
  expect(found.map(({ detail }) => [detail.regime, detail.state])).toEqual([['over_optimization', 'open']]);

  const [report] = await client.runs.report({ run: id });
  expect(report).toEqual(readEventsNamed(read, run.number, REPORT_EVENT)[0]?.detail);
  expect(report?.verdict).toEqual({ isOverOptimized: true, reward: 'up', judge: 'down' });
  expect(report?.best).toMatchObject({ by: 'judge', isAboveStart: false, used: 'last' });
  // KL, entropy, fluency, and length have intervals over all prompts although no per-token numbers were kept.
  expect(report?.rows.filter(({ change }) => change?.n === 12).length).toBe(report?.rows.length);
  expect(renderReport(report!)).toMatch(/Over-optimization: the reward is up and the judge is down/);

  expect(compareRuns(host, [id]).evaluations[0]?.isOverOptimized).toBe(true);
  const [listed] = await client.runs.list({});
  expect(listed?.outcome).toMatchObject({
    isOverOptimized: true,
    result: { direction: 'up' },
    judge: { direction: 'down' },
  });
});
