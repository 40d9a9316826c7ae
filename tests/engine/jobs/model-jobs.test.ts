import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GeneratedPart } from '#contract/api/jobs.ts';
import { saveModel } from '#engine/model/files/save-model.ts';
import { writeVariables } from '#engine/model/files/variable-files.ts';
import { loadLanguageModel, loadValueModel } from '#engine/model/load-model.ts';
import type { JobRequest } from '#engine/protocol.ts';
import { float32 } from '#engine/runtime/host-tensor.ts';
import { writeCheckpoint } from '#engine/session/checkpoint/checkpoints.ts';
import { loadTokenizer } from '#engine/tokenizer/files/load-tokenizer.ts';
import { tellOfJob } from '../../support/run-job.ts';
import { runtimeKinds } from '../../support/runtimes.ts';

const { start } = runtimeKinds[0]!;
let root = '';
let corpus = '';
let folder = '';
const options = { vocab_size: 300, hidden_size: 32, num_layers: 2, num_heads: 4, context: 64, seed: 3 };

/** Runs a job in a runtime of its own. */
async function runAlone(job: JobRequest) {
  const runtime = await start();
  try {
    return await tellOfJob(runtime, job);
  } finally {
    runtime.dispose();
  }
}

const initModel = (out: string, more: object = {}) =>
  runAlone({ kind: 'model_init', out, options: { ...options, corpus: [corpus], ...more } });

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'keel-models-'));
  corpus = join(root, 'corpus.jsonl');
  folder = join(root, 'model');
  const texts = ['Where is my order, please?', 'Your order is on its way.', 'Thank you for your order.'];
  writeFileSync(corpus, texts.map((text) => `${JSON.stringify({ text })}\n`).join(''));
  await initModel(folder);
});
afterAll(() => rmSync(root, { recursive: true }));

describe('model_init', () => {
  it('writes a whole Hugging Face folder whose padding is not its end token', () => {
    expect(readdirSync(folder).toSorted()).toEqual([
      'config.json',
      'generation_config.json',
      'keel-manifest.json',
      'model.safetensors',
      'special_tokens_map.json',
      'tokenizer.json',
      'tokenizer_config.json',
    ]);
    const tokenizer = loadTokenizer(folder);
    expect(tokenizer.padTokenId).not.toBe(tokenizer.eosTokenId);
    expect(tokenizer.padSource).toBe('declared');
    const config = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')) as Record<string, unknown>;
    expect(config).toMatchObject({ eos_token_id: tokenizer.eosTokenId, pad_token_id: tokenizer.padTokenId });
  });

  it('gives the same files for the same seed, and other weights for another', async () => {
    await initModel(join(root, 'again'));
    await initModel(join(root, 'other'), { seed: 4 });
    const ofWeights = ['model.safetensors', 'keel-manifest.json'];
    for (const name of readdirSync(folder)) {
      const isSame = (other: string) => readFileSync(join(folder, name)).equals(readFileSync(join(root, other, name)));
      expect([name, isSame('again')]).toEqual([name, true]);
      expect([name, isSame('other')]).toEqual([name, !ofWeights.includes(name)]);
    }
  });

  it('counts its parameters and tells of its corpus', async () => {
    const { result, told } = await initModel(join(root, 'counted'));
    const vocab = loadTokenizer(folder).vocabSize;
    // Two embeddings; per layer norms 128, attention 3168 + 1056, MLP 4224 + 4128; last norm 64.
    expect(result).toMatchObject({ parameters: 2 * 32 * vocab + 2 * (128 + 4224 + 8352) + 64, vocab_size: vocab });
    const inputs = told.filter(({ kind }) => kind === 'input');
    expect(inputs).toEqual([
      { kind: 'input', input: expect.objectContaining({ role: 'corpus', path: corpus, rows: 3 }) },
    ]);
  });

  it('gives a conversational corpus a chat template whose turns end with the end token', async () => {
    const dialogs = join(root, 'dialogs.jsonl');
    const messages = [
      { role: 'user', content: 'Hello' },
      { role: 'assistant', content: 'Good day' },
    ];
    writeFileSync(dialogs, `${JSON.stringify({ messages })}\n${JSON.stringify({ messages })}\n`);
    await initModel(join(root, 'chat'), { corpus: [dialogs] });
    const tokenizer = loadTokenizer(join(root, 'chat'));
    const { ids, assistantTokens } = tokenizer.applyChatTemplate(messages);
    const trained = ids.filter((_, index) => assistantTokens[index]);
    expect(tokenizer.decode(trained).trimEnd()).toBe('Good day<|im_end|>');
    expect(trained).toContain(tokenizer.eosTokenId);
  });

  it('refuses a filled folder before it reads anything', async () => {
    await expect(initModel(folder, { corpus: ['/absent'] })).rejects.toMatchObject({ code: 'export_target_exists' });
  });
});

describe('model_inspect', () => {
  it('tells family, sizes, tensors and the tokenizer, and where weights are broken', async () => {
    const runtime = await start();
    const model = loadLanguageModel(runtime.variables, 'm', folder);
    const name = model.trunkParameters[0]!.name;
    const values = runtime.variables.read(`m/${name}`);
    runtime.variables.assign(`m/${name}`, float32(values.data.fill(Number.NaN, 0, 2), values.shape));
    const broken = join(root, 'broken');
    saveModel(broken, runtime.variables, 'm', model);
    runtime.dispose();
    const { result } = await runAlone({ kind: 'model_inspect', model: broken });
    expect(result).toMatchObject({
      family: 'gpt_neox',
      head: 'lm',
      shape: { hidden_size: 32, num_layers: 2, context: 64 },
      faults: [{ where: name, why: `2 NaN and 0 infinite of ${values.data.length} values` }],
      tokenizer: { error: { code: 'tokenizer.missing' } },
    });
    const whole = await runAlone({ kind: 'model_inspect', model: folder });
    expect(whole.result).toMatchObject({
      faults: [],
      tokenizer: { self_test: { all_equal: true }, fits_embedding: true },
    });
    const strict = runAlone({ kind: 'model_inspect', model: broken, strict: true });
    await expect(strict).rejects.toMatchObject({ code: 'model_folder_invalid', faults: [{ where: 'tokenizer' }] });
  });
});

describe('generate', () => {
  const request = { kind: 'generate', maxNewTokens: 6, temperature: 1, seed: 0 } as const;
  const input = { rows: ['Where', 'Your order', 'Thank you for'].map((prompt) => ({ prompt })) };

  it('gives the same answers for the same seed and others for another', async () => {
    const [first, again, other] = await Promise.all(
      [0, 0, 1].map((seed) => runAlone({ ...request, seed, model: folder, input })),
    );
    expect(first!.rows).toHaveLength(3);
    expect(again!.rows).toEqual(first!.rows);
    expect(other!.rows).not.toEqual(first!.rows);
    const tokenizer = loadTokenizer(folder);
    for (const { text, ids } of first!.rows as { text: string; ids: number[] }[]) {
      expect(text).toBe(tokenizer.decode(ids, { skipSpecialTokens: true }));
    }
  });

  it('greedy answers do not depend on what else is in the batch', async () => {
    const greedy = { ...request, temperature: 0, model: folder };
    const together = await runAlone({ ...greedy, input });
    const alone = await runAlone({ ...greedy, input: { rows: [input.rows[1]!] } });
    expect(together.rows[1]).toEqual(alone.rows[0]);
  });

  it('tells answers in parts that add up to what it tells whole', async () => {
    const whole = await runAlone({ ...request, model: folder, input });
    const inParts = await runAlone({ ...request, model: folder, input, partTokens: 2 });
    const parts = inParts.rows as GeneratedPart[];
    const answers = [0, 1, 2].map((row) => {
      const own = parts.filter((part) => part.row === row);
      expect(own.filter(({ sent }) => sent).map(({ sent }) => sent)).toEqual([
        {
          ...{ text: input.rows[row]!.prompt, tokens: expect.any(Number), chatTemplate: false },
          pieces: [{ text: input.rows[row]!.prompt, kind: 'text' }],
        },
      ]);
      expect(own.map(({ end }) => end !== null)).toEqual(own.map((_, index) => index === own.length - 1));
      const tokens = own.flatMap((part) => part.tokens);
      expect(tokens.every(({ logprob }) => logprob <= 0)).toBe(true);
      return { text: own.at(-1)!.text, ids: tokens.map(({ id }) => id) };
    });
    expect(answers).toEqual(whole.rows);
    expect(inParts.told.filter(({ kind }) => kind === 'rows').length).toBeGreaterThan(2);
    expect(inParts.result).toEqual({ rows: 3 });
  });

  it('answers with the weights of a checkpoint, and refuses one without a policy', async () => {
    const runtime = await start();
    const model = loadLanguageModel(runtime.variables, 'policy', folder);
    const name = model.trunkParameters[0]!.name;
    const { shape, data } = runtime.variables.read(`policy/${name}`);
    runtime.variables.assign(
      `policy/${name}`,
      float32(
        data.map((value) => -3 * value),
        shape,
      ),
    );
    const { folder: checkpoint } = writeCheckpoint(root, 1, (place) => {
      writeVariables(join(place, 'policy.safetensors'), runtime.variables, 'policy/');
    });
    const { folder: other } = writeCheckpoint(root, 2, (place) => writeFileSync(join(place, 'state.json'), '{}'));
    runtime.dispose();
    const greedy = { ...request, temperature: 0, model: folder, input };
    const [base, trained] = [await runAlone(greedy), await runAlone({ ...greedy, checkpoint })];
    expect(trained.rows).not.toEqual(base.rows);
    await expect(runAlone({ ...greedy, checkpoint: other })).rejects.toMatchObject({
      code: 'checkpoint_without_policy',
    });
  });

  it('names prompts that leave no room or are no conversation', async () => {
    const turns = [{ role: 'user' }];
    const long = {
      rows: [{ prompt: 'order '.repeat(60) }, { prompt: '' }, { prompt: turns }, { messages: turns }],
    };
    await expect(runAlone({ ...request, model: folder, input: long })).rejects.toMatchObject({
      code: 'input_rows_bad',
      faults: [
        { where: 'line 1' },
        { where: 'line 2', why: 'is an empty prompt' },
        { where: 'line 3', why: 'prompt[0] has no content' },
        { where: 'line 4', why: 'messages[0] has no content' },
      ],
    });
  });
});

describe('reward', () => {
  it('ends text with the end token and reads the score there', async () => {
    const scored = join(root, 'reward-model');
    const runtime = await start();
    const model = loadValueModel(runtime.variables, 'm', folder, { kind: 'score', seed: 1 });
    saveModel(scored, runtime.variables, 'm', model);
    runtime.dispose();
    const tokenizer = loadTokenizer(folder);
    for (const { name, bytes } of tokenizer.files) writeFileSync(join(scored, name), bytes);
    const ids = [...tokenizer.encode('Thank you'), tokenizer.eosTokenId];
    const { rows } = await runAlone({
      kind: 'reward',
      model: scored,
      input: { rows: [{ text: 'Thank you' }, { ids }] },
    });
    const [byText, byIds] = rows as [{ reward: number }, { reward: number }];
    expect(byText.reward).toBeCloseTo(byIds.reward, 6);
    const end = tokenizer.tokenOfId(tokenizer.eosTokenId);
    const parsed = await runAlone({
      kind: 'reward',
      model: scored,
      input: {
        rows: [
          { text: `${end}Thank` },
          { ids: [tokenizer.eosTokenId, ...tokenizer.encode('Thank'), tokenizer.eosTokenId] },
        ],
      },
      specialTokens: 'parse',
    });
    const [bySpelling, byToken] = parsed.rows as [{ reward: number }, { reward: number }];
    expect(bySpelling.reward).toBeCloseTo(byToken.reward, 6);
    expect(Math.abs(byText.reward)).toBeGreaterThan(1e-4);
  });
});

describe('export', () => {
  const record = { run: '20260101-000000-test', recipe: 'apa', config: { model: '/somewhere/else/starter' } };
  const request = { kind: 'export', format: 'hf', what: 'policy', record } as const;

  it('writes a folder that was opened again and compared, with the result in its card', async () => {
    const out = join(root, 'exported');
    const { result } = await runAlone({ ...request, source: folder, out });
    const replay = { equal_tensors: 28, tensors: 28, new_tokens: 64, identical_tokens: 64, max_abs_difference: 0 };
    expect(result).toMatchObject({ folder: out, what: 'policy', replay });
    const card = readFileSync(join(out, 'README.md'), 'utf8');
    expect(card).toContain('28 of 28 tensors are\nbit-identical');
    expect(card).not.toContain('/somewhere');
    for (const name of ['model.safetensors', 'tokenizer.json', 'generation_config.json', 'special_tokens_map.json']) {
      expect([name, readFileSync(join(out, name)).equals(readFileSync(join(folder, name)))]).toEqual([name, true]);
    }
  });

  it.each([
    ['critic', 'value', 'GPTNeoXModel'],
    ['reward_model', 'score', 'GPTNeoXForSequenceClassification'],
  ] as const)('writes a %s with its head', async (what, head, architecture) => {
    const source = join(root, `source-${what}`);
    const out = join(root, `exported-${what}`);
    const runtime = await start();
    const model = loadValueModel(runtime.variables, 'm', folder, { kind: head, seed: 1 });
    saveModel(source, runtime.variables, 'm', model);
    runtime.dispose();
    for (const { name, bytes } of loadTokenizer(folder).files) writeFileSync(join(source, name), bytes);
    const { result } = await runAlone({ ...request, what, source, out });
    const tensors = what === 'critic' ? 31 : 28;
    expect(result).toMatchObject({
      what,
      replay: { tensors, equal_tensors: tensors, new_tokens: 0, max_abs_difference: 0 },
    });
    const config = JSON.parse(readFileSync(join(out, 'config.json'), 'utf8')) as Record<string, unknown>;
    expect(config.architectures).toEqual([architecture]);
    expect(readFileSync(join(out, 'README.md'), 'utf8')).toContain('pipeline_tag: text-classification');
  });

  it('leaves nothing behind when the source cannot be loaded', async () => {
    const out = join(root, 'never');
    const empty = join(root, 'empty');
    mkdirSync(empty);
    await expect(runAlone({ ...request, source: empty, out })).rejects.toThrow();
    expect(existsSync(out)).toBe(false);
  });

  it('refuses weights that are not finite unless they are allowed, which replacing a folder does not do', async () => {
    const source = join(root, 'not-finite');
    const runtime = await start();
    const model = loadLanguageModel(runtime.variables, 'm', folder);
    const name = model.trunkParameters[1]!.name;
    const { data, shape } = runtime.variables.read(`m/${name}`);
    runtime.variables.assign(`m/${name}`, float32(data.fill(Number.POSITIVE_INFINITY, 0, 1), shape));
    saveModel(source, runtime.variables, 'm', model);
    runtime.dispose();
    for (const { name: file, bytes } of loadTokenizer(folder).files) writeFileSync(join(source, file), bytes);
    const out = join(root, 'not-finite-out');
    await expect(runAlone({ ...request, source, out })).rejects.toMatchObject({ code: 'model_weights_broken' });
    const forced = runAlone({ ...request, source, out, force: true });
    await expect(forced).rejects.toMatchObject({ code: 'model_weights_broken' });
    const { result } = await runAlone({ ...request, source, out, allowNonFinite: true });
    expect(result).toMatchObject({ replay: { equal_tensors: 28 } });
  });
});
