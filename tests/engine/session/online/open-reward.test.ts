import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { dataLedgerSchema } from '#contract/api/runs/data-ledger.ts';
import { ledgerLines } from '#contract/ledger-words.ts';
import { LEDGER_EVENT } from '#contract/run-events.ts';
import type { AskedPrompt } from '#engine/records.ts';
import type { Runtime } from '#engine/runtime/types.ts';
import type { OpenedReward } from '#engine/session/online/finite-scores.ts';
import { openReward } from '#engine/session/online/open-reward.ts';
import { loadTokenizer } from '#engine/tokenizer/files/load-tokenizer.ts';
import { freshTinyWorld } from '../../../support/fresh-tiny-world.ts';
import { tellOfJob } from '../../../support/run-job.ts';
import { runtimeKinds } from '../../../support/runtimes.ts';
import type { TinyWorld } from '../../../support/tiny-world.ts';

/** Renders a conversation as the plain texts of the tests below: tools, documents, variables, and contents. */
const TEMPLATE =
  '{% for tool in tools or [] %}{{ tool.name }}{% endfor %}{% for one in documents or [] %}{{ one.text }}{% endfor %}' +
  '{{ tone or "" }}{% for message in messages %}{{ message.content }}{% endfor %}';
const MAX_LENGTH = 24;

let world: TinyWorld;
let runtime: Runtime;
let reward: OpenedReward;
let model = '';
beforeAll(async () => {
  const fresh = await freshTinyWorld();
  world = fresh.world;
  model = join(world.folder, 'reward-with-template');
  cpSync(world.rewardModel, model, { recursive: true });
  writeFileSync(join(model, 'chat_template.jinja'), TEMPLATE);
  runtime = await runtimeKinds[0]!.start();
  reward = open();
  return fresh.remove;
});
afterAll(() => runtime.dispose());

function open() {
  const config = { certificateRequired: false, engine: { frozenDtype: 'float32' }, data: { specialTokens: 'text' } };
  const context = { runtime, config, locate: (reference: string) => reference };
  return openReward(context as never, { type: 'model', model, maxLength: MAX_LENGTH }, 'reward');
}

it('a reward model reads what a row gives the template besides its messages', () => {
  const { score } = reward;
  const asked = (template: AskedPrompt['template'] = {}): AskedPrompt => {
    return { prompt: [{ role: 'user', content: 'my lamp' }], template };
  };
  const prompts = [
    asked(),
    asked({ tools: [{ name: 'clock ' }] }),
    asked({ documents: [{ text: 'radio ' }] }),
    asked({ variables: { tone: 'shirt ' } }),
  ];
  const texts = ['my lamp', 'clock my lamp', 'radio my lamp', 'shirt my lamp'];
  const replies = texts.map(() => ' broke');
  const scores = score(prompts, replies);
  const ofTexts = score(
    texts.map((prompt) => ({ prompt })),
    replies,
  );
  expect([...scores]).toEqual([...ofTexts]);
  expect(new Set(scores).size).toBe(texts.length);
});

it('a prompt loses what it and the longest response have beyond the length that the model reads', () => {
  const { promptCut } = reward.models[0]!;
  const prompt = 'Question 1: my lamp broke.\nAnswer:';
  const ids = loadTokenizer(model).encode(prompt).length;
  // Prompt, a response of 10 tokens, and its end.
  expect(promptCut({ prompt }, 10)).toBe(ids + 10 + 1 - MAX_LENGTH);
  expect(promptCut({ prompt: 'lamp' }, 10)).toBe(0);
});

it('the ledger of a run counts the prompts that reward and judge cannot read whole', async () => {
  const runFolder = join(world.folder, 'run');
  mkdirSync(runFolder);
  const [short, long] = ['my lamp broke', 'my lamp arrived late and my clock got lost and my radio does not work'];
  const file = (name: string, prompts: readonly string[]) => {
    const path = join(runFolder, name);
    writeFileSync(path, prompts.map((prompt) => `${JSON.stringify({ prompt })}\n`).join(''));
    return path;
  };
  const scored = { type: 'model', model, max_length: MAX_LENGTH };
  const config = {
    ...{ recipe: 'apa', model: world.model, reward: scored, judge: scored, certificate_required: false },
    data: { files: [file('a.jsonl', [short, long])], held_out_files: [file('b.jsonl', [`${long}?`, `${short}?`])] },
    generation: { max_new_tokens: 8 },
    rollouts: { num_rollouts: 2, chunk_size: 2 },
    updates: { total_iterations: 1, minibatch_size: 2 },
  };
  const job = { kind: 'run', runId: 'run', recipe: 'apa', runFolder, resumeFrom: null } as const;
  const other = await runtimeKinds[0]!.start();
  const { told } = await tellOfJob(other, { ...job, config, changes: [], locations: {}, settings: null });
  other.dispose();
  expect(told.at(-1)).toMatchObject({ kind: 'summary' });
  const ledger = told.flatMap((event) =>
    event.kind === 'event' && event.name === LEDGER_EVENT ? [dataLedgerSchema.parse(event.detail)] : [],
  )[0]!;
  const tokenizer = loadTokenizer(model);
  const cutOf = (prompt: string) => tokenizer.encode(prompt).length + 8 + 1 - MAX_LENGTH;
  expect(ledger.notices.filter(({ kind }) => kind === 'scored_cut')).toEqual([
    expect.objectContaining({ name: `reward (the model ${model})`, rows: 2, count: cutOf(long) + cutOf(`${long}?`) }),
    expect.objectContaining({ name: `judge (the model ${model})`, rows: 1, count: cutOf(`${long}?`) }),
  ]);
  const [line] = ledgerLines(ledger).filter(({ text }) => text.includes('reward.max_length'));
  expect(line).toMatchObject({ level: 'warning', places: [{ line: 2 }, { line: 1 }] });
});
