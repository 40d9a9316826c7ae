import { cpSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Runtime } from '#engine/runtime/types.ts';
import { tellOfJob } from '../../support/run-job.ts';
import { runtimeKinds } from '../../support/runtimes.ts';

const FIXTURES = join(import.meta.dirname, '../../fixtures');
const TOKENIZER = join(FIXTURES, 'jobs/chat');

/** Made by tests/golden/make_chat_scores.py with transformers. */
const cases = JSON.parse(readFileSync(join(TOKENIZER, 'scores.json'), 'utf8')) as readonly {
  readonly messages: readonly object[];
  readonly ids: readonly number[];
  readonly logprobs: readonly number[];
  readonly reward: number;
}[];
const rows = cases.map(({ messages }) => ({ messages }));

/** A model of the fixtures with the tokenizer of the conversations. */
function withTokenizer(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'keel-score-chat-'));
  for (const from of [join(FIXTURES, 'models', name), TOKENIZER]) cpSync(from, folder, { recursive: true });
  return folder;
}

let runtime: Runtime;
beforeEach(async () => {
  runtime = await runtimeKinds[0]!.start();
});
afterEach(() => runtime.dispose());

it('scores the tokens of conversations as transformers does', async () => {
  const told = await tellOfJob(runtime, { kind: 'score', model: withTokenizer('llama-grouped'), input: { rows } });
  const scored = told.rows as { ids: number[]; logprobs: number[] }[];
  expect(scored.map(({ ids }) => ids)).toEqual(cases.map(({ ids }) => ids));
  for (const [row, { logprobs }] of cases.entries()) {
    expect(scored[row]!.logprobs).toHaveLength(logprobs.length);
    for (const [at, value] of logprobs.entries()) expect(scored[row]!.logprobs[at]).toBeCloseTo(value, 4);
  }
});

it('reads the reward of a conversation at the end of its last answer, as transformers does', async () => {
  const { rows: told } = await tellOfJob(runtime, {
    kind: 'reward',
    model: withTokenizer('llama-score'),
    input: { rows },
  });
  for (const [row, { reward }] of cases.entries()) {
    expect((told[row] as { reward: number }).reward).toBeCloseTo(reward, 4);
  }
});

it('names the rows whose conversations cannot be used', async () => {
  const bad = [{ messages: [{ role: 'user', content: 'is' }, { content: 'no role' }] }, { messages: [] }];
  const model = withTokenizer('llama-grouped');
  await expect(tellOfJob(runtime, { kind: 'score', model, input: { rows: [rows[0], ...bad] } })).rejects.toMatchObject({
    code: 'input_rows_bad',
    faults: [{ where: 'line 3' }],
  });
  await expect(tellOfJob(runtime, { kind: 'score', model, input: { rows: [bad[0]] } })).rejects.toMatchObject({
    faults: [{ where: 'line 1', why: 'messages[1] has no role' }],
  });
});
