import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { RunFinding } from '#contract/api/runs/run-doctor.ts';
import { attachToHost } from '../../src-main/attach/attach-to-host.ts';
import { serveHost } from '../../src-main/attach/serve-host.ts';
import { openFindings } from '../../src-main/runs/findings/open-findings.ts';
import { listAttempts } from '../../src-main/store/queries/attempts.ts';
import { freshTinyWorld } from '../support/fresh-tiny-world.ts';
import { type TinyWorld, tinyConfigs } from '../support/tiny-world.ts';
import { watchAll } from './fake-host.ts';
import { realHost } from './real-host.ts';

let world: TinyWorld;

beforeAll(async () => {
  const fresh = await freshTinyWorld();
  world = fresh.world;
  return fresh.remove;
});

type Config = Readonly<Record<string, unknown>>;
const rules = (...expressions: string[]) => ({
  type: 'rules',
  rules: expressions.map((expression) => ({ type: 'expression', expression })),
});
const HUGE = '1e300 * 1e300';

/** A copy of a model folder with every number of one tensor set to a value, which stays finite in float32. */
function filledModel(from: string, name: string, tensor: string, value: number): string {
  const folder = join(world.folder, name);
  cpSync(from, folder, { recursive: true });
  const file = join(folder, 'model.safetensors');
  const bytes = readFileSync(file);
  const headerBytes = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.subarray(8, 8 + headerBytes).toString()) as Record<
    string,
    { data_offsets: [number, number] }
  >;
  const [start, end] = header[tensor]!.data_offsets;
  for (let at = 8 + headerBytes + start; at < 8 + headerBytes + end; at += 4) bytes.writeFloatLE(value, at);
  writeFileSync(file, bytes);
  return folder;
}

function start(recipe: string, more: Config, steps = 3) {
  const { host } = realHost();
  const config = { ...tinyConfigs(world, steps)[recipe], ...more };
  return { host, run: host.start({ config: stringify(config), baseFolder: world.folder }) };
}

/** Runs a small config to its end in a real engine; gives the end. */
async function endOf(recipe: string, more: Config) {
  const { host, run } = start(recipe, more);
  const { state, error } = (await watchAll(host, run.id)).at(-1)!.run;
  return { state, code: error?.code, why: error?.why, fix: error?.fix };
}

describe('a score that is not finite ends the run with the part of the config that gave it', () => {
  test('a rule that is infinite from the start', async () => {
    expect(await endOf('apa', { reward: rules('1', HUGE) })).toEqual({
      state: 'failed',
      code: 'reward_not_finite',
      why:
        'At iteration 0, the reward scored 6 of 6 responses as NaN or infinite. For response 1, reward.rules[1] ' +
        '(expression) returns Infinity.',
      fix: 'Limit it with clamp(x, low, high) or lower its weight in the config, then start a new run.',
    });
  });

  test('a rule that is NaN', async () => {
    const { code, why } = await endOf('ppo', { reward: rules(`${HUGE} - ${HUGE}`) });
    expect([code, why]).toEqual([
      'reward_not_finite',
      expect.stringContaining('reward.rules[0] (expression) returns NaN'),
    ]);
  });

  test('a judge', async () => {
    const { code, why } = await endOf('apa', { judge: rules(`0 - ${HUGE}`) });
    expect([code, why]).toEqual([
      'judge_not_finite',
      expect.stringContaining('judge.rules[0] (expression) returns -Infinity'),
    ]);
  });

  test('a reward model whose score overflows, in a sum', async () => {
    const model = filledModel(world.rewardModel, 'overflowing', 'score.weight', 3e38);
    const part = (reward: Config) => ({ weight: 1, reward });
    const reward = { type: 'sum', parts: [part(rules('1')), part({ type: 'model', model })] };
    const { state, code, why, fix } = await endOf('awr', { reward });
    expect([state, code]).toEqual(['failed', 'reward_not_finite']);
    expect(why).toMatch(/reward\.parts\[1\]\.reward \(the model .*overflowing\) returns -?(Infinity|NaN)\.$/);
    expect(fix).toContain(`keel model inspect ${model}`);
  });

  test('a sum that is too large although each part is finite', async () => {
    const part = { weight: 1e6, reward: rules('1e33') };
    const { code, why, fix } = await endOf('apa', { reward: { type: 'sum', parts: [part] } });
    expect([code, fix]).toEqual(['reward_not_finite', expect.stringContaining('Lower the weights')]);
    expect(why).toContain('the sum of its parts is Infinity');
  });
});

describe('other numbers that are not finite cross every boundary', () => {
  test('infinite values of the critic hold the run, and who watches over a socket is told the numbers', async () => {
    // The weights are finite, so the folder can be loaded; their products are not.
    const huge = filledModel(world.model, 'huge-critic', 'gpt_neox.final_layer_norm.bias', 3e38);
    const doctor = { actions: { eos_missing: 'off', critic_useless: 'off' } };
    const { host, run } = start('ppo', { critic: { init: huge }, doctor });
    const socket = join(host.setup.home, 'test.sock');
    const server = await serveHost(host, socket);
    const { client, close } = await attachToHost(socket);
    const told = new Map<string, number>();
    for await (const { metrics, run: now } of await client.runs.watch({ run: run.id })) {
      for (const { key, value } of metrics) told.set(key, value);
      if (now.state === 'paused') await client.runs.stop({ run: run.id, now: true });
    }
    const open = openFindings(host.setup.store.read, run.number);
    const events = await client.runs.events({ run: run.id });
    close();
    await server.close();
    expect(open.map(({ regime }) => regime)).toEqual(['not_finite']);
    const [finding] = events.flatMap(({ name, detail }) =>
      name === 'doctor' ? [detail as unknown as RunFinding] : [],
    );
    expect(finding?.cause).toContain('first in values');
    expect(told.get('values/mean')).toBe(Number.NEGATIVE_INFINITY);
    expect(told.get('values/explained_variance')).toBeNaN();
    expect(listAttempts(host.setup.store.read, run.number).map(({ cause }) => cause)).toEqual(['stopped']);
  });
});
