import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BenchCheckReport } from '#engine/jobs/bench/bench-check.ts';
import type { BenchReport } from '#engine/jobs/bench/bench-report.ts';
import { median } from '#engine/jobs/bench/bench-report.ts';
import { updateProducts } from '#engine/jobs/bench/matmul-rate.ts';
import { parseModelConfig } from '#engine/model/config/parse-config.ts';
import { createLanguageModel } from '#engine/model/language-model.ts';
import { STORED_DTYPES } from '#engine/runtime/stored/stored-dtype.ts';
import type { Runtime } from '#engine/runtime/types.ts';
import { tellOfJob } from '../../support/run-job.ts';
import { runtimeKinds } from '../../support/runtimes.ts';

/** Written by the PyTorch baseline's --dump: hidden 16, 2 layers, 2 heads, 64 tokens, 4 rows of 6 + 4. */
const DUMP = join(import.meta.dirname, '../../fixtures/pytorch-baseline');
/** The same of its form with adapters on one Llama: hidden 16, 2 layers, 4 heads, 2 of keys and values, rank 2. */
const ADAPTED_DUMP = join(import.meta.dirname, '../../fixtures/pytorch-baseline-lora');
const TINY = { hidden: 16, layers: 1, heads: 2, vocab: 32, rollouts: 4, chunk: 2, batch: 2, prompt: 5, response: 3 };

it('takes the middle value', () => {
  expect([median([3, 1, 2]), median([4, 1, 3, 2])]).toEqual([2, 2.5]);
});

it('counts the products of an update: six operations a weight and row, the last layer after its keys on the response', () => {
  const config = parseModelConfig({
    model_type: 'gpt_neox',
    hidden_size: 16,
    num_hidden_layers: 3,
    num_attention_heads: 2,
    intermediate_size: 64,
    vocab_size: 32,
    max_position_embeddings: 16,
    hidden_act: 'gelu',
  });
  const operations = updateProducts(createLanguageModel(config), { batch: 2, prompt: 5, response: 3 }).reduce(
    (sum, { m, k, n, count }) => sum + 2 * m * k * n * count,
    0,
  );
  const [all, few, square] = [16, 6, 16 ** 2];
  const layers = 2 * 12 * square * all + 3 * square * all + 9 * square * few;
  expect(operations).toBe(6 * (2 * layers + few * 16 * 32));
});

describe.each(runtimeKinds)('$kind', ({ start }) => {
  let runtime: Runtime;
  beforeEach(async () => {
    runtime = await start();
  });
  afterEach(() => runtime.dispose());

  const bytesBelow = (prefix: string) =>
    runtime.variables.names(prefix).reduce((sum, name) => sum + runtime.variables.bytesOf(name), 0);

  it.each([
    [DUMP, false],
    [DUMP, true],
    [ADAPTED_DUMP, false],
    [ADAPTED_DUMP, true],
  ])("gives the baseline's numbers on the same weights and batch: %s, recompute %s", async (check, recompute) => {
    const { result } = await tellOfJob(runtime, { kind: 'bench', options: { check, recompute } });
    const report = result as BenchCheckReport;
    expect(report.passed).toBe(true);
    expect(Math.max(...Object.values(report.max_abs_difference))).toBeLessThan(1e-5);
  });

  it("sees a loss that is not the baseline's", async () => {
    const folder = mkdtempSync(join(tmpdir(), 'keel-dump-'));
    cpSync(DUMP, folder, { recursive: true });
    const batch = JSON.parse(readFileSync(join(DUMP, 'batch.json'), 'utf8')) as { policy_loss: number };
    writeFileSync(join(folder, 'batch.json'), JSON.stringify({ ...batch, policy_loss: batch.policy_loss + 0.001 }));
    const { result } = await tellOfJob(runtime, { kind: 'bench', options: { check: folder } });
    expect((result as BenchCheckReport).passed).toBe(false);
    rmSync(folder, { recursive: true });
  });

  it.each(STORED_DTYPES)('times adapters on one base, stored as %s', async (baseDtype) => {
    const shape = { ...TINY, heads: 4, family: 'llama', kvHeads: 2, intermediate: 24, tied: true, lora: 2 };
    const options = { ...shape, baseDtype, epochs: 1, iterations: 1 };
    const { result } = await tellOfJob(runtime, { kind: 'bench', options });
    const report = result as BenchReport;
    // Embedding 32 · 16; queries and output 2 · 16 · 16, keys and values 2 · 16 · 8, MLP 3 · 16 · 24, three norms.
    expect(report.parameters).toBe(512 + 512 + 256 + 1152 + 48);
    // Factors of rank 2 of the seven layers for policy and critic, and the critic's head.
    expect(report.trained).toBe(2 * 2 * (32 + 24 + 24 + 32 + 3 * 40) + 17);
    expect(report.base_dtype).toBe(baseDtype);
    expect(report.shape).toMatchObject({ family: 'llama', kv_heads: 2, intermediate: 24, tied: true, lora: 2 });
  });

  it("reports the baseline's keys", async () => {
    const options = { ...TINY, epochs: 1, iterations: 1, recompute: true };
    const { result } = await tellOfJob(runtime, { kind: 'bench', options });
    const report = result as BenchReport;
    // Embedding and head 2 · 32 · 16; per layer two norms 64, attention 816 + 272, MLP 1088 + 1040; last norm 32.
    expect(report.parameters).toBe(1024 + 64 + 1088 + 2128 + 32);
    expect(report.shape).toMatchObject(options);
    expect(report.iteration_seconds).toBeCloseTo(report.seconds.rollout + report.seconds.score + report.seconds.update);
    expect(report.update_tokens_per_second).toBeCloseTo((4 * 8) / report.seconds.update);
    expect(report.update_matmul_fraction).toBeGreaterThan(0);
    expect(report.update_matmul_fraction).toBeCloseTo(report.update_gigaflops / report.matmul_gigaflops);
    expect(report.rollout_tokens_per_second).toBeCloseTo((4 * 3) / report.seconds.rollout);
    expect(report.frozen_dtype).toBe('float32');
    expect(report.compute_dtype).toBe('float32');
    expect(bytesBelow('reference/')).toBe(bytesBelow('policy/'));
    expect(bytesBelow('reward/')).toBe(bytesBelow('critic/'));
  });

  it.each([
    ['float32', []],
    ['bfloat16', [expect.stringContaining('warning: --compute-dtype: `bfloat16` needs a processor')]],
  ])('warns of products that it does not compute: %s', async (computeDtype, expected) => {
    const options = { ...TINY, epochs: 1, iterations: 1, computeDtype };
    const { told } = await tellOfJob(runtime, { kind: 'bench', options });
    const logs = told.flatMap((report) => (report.kind === 'log' ? [`${report.level}: ${report.text}`] : []));
    expect(logs).toEqual(expected);
  });

  it('keeps reference and reward model as it is told', async () => {
    const options = { ...TINY, epochs: 1, iterations: 1, frozenDtype: 'float16' };
    const { result } = await tellOfJob(runtime, { kind: 'bench', options });
    expect((result as BenchReport).frozen_dtype).toBe('float16');
    expect(bytesBelow('reference/')).toBe(bytesBelow('policy/') / 2);
    expect(bytesBelow('reward/')).toBe(bytesBelow('critic/') / 2);
    expect(runtime.graphStatistics().fallbacks).toEqual([]);
  });
});

it('reports every bad option together', async () => {
  const options = { hidden: 10, heads: 3, rollouts: 5, chunk: 2, epoch: 1 };
  await expect(tellOfJob({} as Runtime, { kind: 'bench', options })).rejects.toMatchObject({
    code: 'bench_options_bad',
  });
});
