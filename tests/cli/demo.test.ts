import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { renderDemo } from '../../src-main/cli/demo-report.ts';
import type { DemoReply } from '../../src-main/contract/api/demo.ts';
import { resolveConfig } from '../../src-main/contract/config/index.ts';
import { KeelError } from '../../src-main/contract/errors.ts';
import { demoConfig } from '../../src-main/runs/host/demo.ts';

const sample = (promptIndex: number, response: string): DemoReply => ({
  promptIndex,
  prompt: `Customer: Message ${promptIndex}.\nSupport:`,
  response,
});

describe('the config of the demo', () => {
  test('resolves without a fault and carries the judge', () => {
    const { file } = resolveConfig(JSON.parse(demoConfig()));
    const { apa, reward_model } = file.stages as Record<string, Record<string, unknown>>;
    expect(apa).toMatchObject({ judge: { type: 'rules' }, reward: { model: 'stage:reward_model/reward_model' } });
    expect(reward_model).toMatchObject({ model: 'policy' });
  });

  test('a folder without the starter is refused, with everything that it lacks', () => {
    const empty = mkdtempSync(join(tmpdir(), 'starter-'));
    expect(() => demoConfig(empty)).toThrow(KeelError);
    expect(() => demoConfig(empty)).toThrow(/demo\.yaml, judge\.json, policy\/model\.safetensors/);
  });
});

test('the report shows the table before and after and the first three replies side by side', () => {
  const text = renderDemo({
    apaRun: '20260101-000000-demo-apa',
    rewardModelAccuracy: 0.964,
    before: { 'eval/reward': -2.391, 'eval/judge': 0.2625, 'eval/kl_exact': 0, 'eval/distinct_replies': 0.965 },
    after: { 'eval/reward': 2.998, 'eval/judge': 0.9, 'eval/kl_exact': 2.259, 'eval/distinct_replies': 1 },
    samplesBefore: [0, 1, 2, 3].map((index) => sample(index, ` Wait ${index}.`)),
    samplesAfter: [0, 1, 2, 3].map((index) => sample(index, ` Sorry ${index}!`)),
  });
  expect(text.split('\n')).toEqual([
    'The reward model agrees with 96.4% of held-out pairs.',
    '',
    '                                    before  after',
    'reward (trained reward model)       −2.39   3.00',
    'judge (rules, 1 is best)            0.26    0.90',
    'KL to the start, nats per response  0.00    2.26',
    'entropy, nats per token             –       –',
    'distinct responses                  97%     100%',
    'tokens per response                 –       –',
    ...[0, 1, 2].flatMap((index) => [
      '',
      `Customer: Message ${index}.`,
      `  before: Wait ${index}.`,
      `  after:  Sorry ${index}!`,
    ]),
  ]);
});
