import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { GgufExportType } from '#contract/gguf-types.ts';
import { askLlamaCpp, type LlamaAnswer, llamaCpp } from '../../support/llama-cpp.ts';
import { isLongForm } from '../../support/long-form.ts';
import { tellOfJob } from '../../support/run-job.ts';
import { nativeKinds, type RuntimeKind } from '../../support/runtimes.ts';
import { smollm2 } from '../../support/smollm2.ts';

// The expected ids and tokens are those of tokenizers and transformers, made by tests/fixtures/gguf/make_smollm2.py.
const golden = JSON.parse(readFileSync(join(import.meta.dirname, '../../fixtures/gguf/smollm2.json'), 'utf8')) as {
  readonly encodings: readonly (readonly [string, readonly number[]])[];
  readonly greedy: readonly { readonly ids: readonly number[]; readonly tokens: readonly number[] }[];
};
const [model, llama] = [smollm2(), llamaCpp()];
const native = nativeKinds.find(({ kind }) => kind === 'compiled');
const missing = [model, llama].flatMap((part) => ('missing' in part ? [part.missing] : []));
const left = isLongForm ? [] : ['npm run test:long has it'];
const why = native ? [...missing, ...left].join(', ') : 'there is no native engine';

// llama.cpp ends a text at its first zero byte.
const texts = golden.encodings.filter(([text]) => !text.includes('\0'));
const scored = golden.greedy.slice(-1).flatMap(({ ids, tokens }) => [...ids, ...tokens]);

describe.skipIf(why !== '')(`SmolLM2-135M-Instruct in llama.cpp${why && ` (skipped: ${why})`}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'keel-gguf-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  async function answerOf(type: GgufExportType, prompts: readonly (readonly number[])[]): Promise<LlamaAnswer> {
    const runtime = await (native as RuntimeKind).start();
    const out = join(folder, type);
    const source = (model as { readonly path: string }).path;
    const job = { kind: 'export', format: 'gguf', type, what: 'policy', source, out, record: {} } as const;
    const { result } = await tellOfJob(runtime, job);
    await runtime.dispose();
    const path = join(out, (result as { readonly file: string }).file);
    const place = (llama as { readonly folder: string }).folder;
    return askLlamaCpp(place, { path, prompts, newTokens: 32, scored, texts: texts.map(([text]) => text) });
  }

  test('as F16, it says what transformers says; as Q4_K_M, its loss is close', { timeout: 900_000 }, async () => {
    const half = await answerOf(
      'F16',
      golden.greedy.map(({ ids }) => ids),
    );
    expect(half.greedy).toEqual(golden.greedy.map(({ tokens }) => tokens));
    expect(half.ids).toEqual(texts.map(([, ids]) => ids));
    const small = await answerOf('Q4_K_M', []);
    console.info(`loss in llama.cpp: F16 ${half.loss.toFixed(4)}, Q4_K_M ${small.loss.toFixed(4)} nats a token`);
    expect(Math.abs(small.loss - half.loss)).toBeLessThan(0.25);
  });
});
