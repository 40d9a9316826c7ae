import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { resolveRecipeConfig } from '#contract/config/index.ts';
import { openSafetensors } from '#engine/model/safetensors/open-safetensors.ts';
import { metricRows, runJob } from '../../support/engine-run.ts';
import { tellOfJob } from '../../support/run-job.ts';
import { hasNative, nativeKinds } from '../../support/runtimes.ts';

const FIXTURES = join(import.meta.dirname, '../../fixtures');
const FOLDER = join(FIXTURES, 'preferences');
const MODEL = join(FIXTURES, 'golden-iterations/models/neox');
const KEPT = 'reference-logprobs.safetensors';

const scratch = mkdtempSync(join(tmpdir(), 'keel-preferences-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

interface TrlRun {
  readonly settings: Readonly<Record<string, unknown>>;
  readonly data: string;
  readonly metrics: Readonly<Record<string, number>>;
}

/** Expected numbers: tests/golden/make_preferences.py, a run of TRL 1.16 in float32. */
const runsOf = (recipe: string) =>
  (JSON.parse(readFileSync(join(FOLDER, `${recipe}.json`), 'utf8')) as { readonly runs: readonly TrlRun[] }).runs;

type Values = Readonly<Record<string, unknown>>;

/** What make_preferences.py asks of TRL; a batch is all rows, so that their order plays no role. */
function configOf(recipe: string, { settings, data }: Pick<TrlRun, 'settings' | 'data'>, over: Values = {}) {
  return {
    recipe,
    model: MODEL,
    data: { files: [join(FOLDER, `${data}.jsonl`)], held_out_files: [join(FOLDER, `held-out-${data}.jsonl`)] },
    method: settings,
    training: { max_steps: 3, epochs: 3, batch_size: 8 },
    optimizer: { learning_rate: 5e-3, schedule: 'constant', epsilon: 1e-3, max_grad_norm: 0.5 },
    evaluation: { interval_steps: 1 },
    checkpoints: { interval_steps: 1 },
    engine: { threads: 1, micro_batch_size: 8 },
    ...over,
  };
}

/** Keel's names of TRL's metrics, where they differ. */
const NAMES: Readonly<Record<string, string>> = { kl: 'kto/kl', 'eval/kl': 'eval/kto/kl' };

const nameOf = (key: string) => {
  const [name, step] = key.split('@') as [string, string];
  return `${NAMES[name] ?? name}@${step}`;
};

async function run(config: Values, runFolder: string, resumeFrom: string | null = null) {
  mkdirSync(runFolder, { recursive: true });
  const { file } = resolveRecipeConfig(config);
  const runtime = await nativeKinds.find(({ kind }) => kind === 'compiled')!.start();
  try {
    const { told } = await tellOfJob(runtime, runJob({ runFolder, resumeFrom }, file) as never);
    expect(told.at(-1)).toMatchObject({ kind: 'summary' });
    expect(runtime.variables.names('reference/')).toEqual([]);
    return metricRows(told);
  } finally {
    runtime.dispose();
  }
}

/** Before the first update, every margin is 0 but for rounding, and so the accuracy is chance. */
const isChance = (key: string) =>
  /rewards\/accuracies@(0|1)$/.test(key) && !key.startsWith('eval/rewards/accuracies@1');

function expectNear(told: ReadonlyMap<string, number>, { metrics }: TrlRun) {
  const keys = Object.keys(metrics).filter((key) => !isChance(key));
  expect(keys.length).toBeGreaterThan(50);
  const apart = keys.filter((key) => {
    const [own, theirs] = [told.get(nameOf(key)) ?? Number.NaN, metrics[key]!];
    return !(Math.abs(own - theirs) <= 2e-4 * Math.max(0.1, Math.abs(theirs)));
  });
  expect(apart.map((key) => `${key}: ${told.get(nameOf(key))} for ${metrics[key]}`)).toEqual([]);
}

describe.runIf(hasNative)('runs as TRL computes them', () => {
  const all = ['dpo', 'kto'].flatMap((recipe) =>
    runsOf(recipe).map((one) => [recipe, `${one.data} ${JSON.stringify(one.settings)}`, one] as const),
  );
  test.each(all)('%s: %s', { timeout: 240_000 }, async (recipe, name, one) => {
    const folder = join(scratch, `${recipe} ${name.replaceAll(/\W+/g, '-')}`);
    expectNear(await run(configOf(recipe, one), folder), one);
  });

  test.each(['dpo', 'kto'])('%s in parts of the batch, as in one', { timeout: 240_000 }, async (recipe) => {
    const one = runsOf(recipe)[0]!;
    const config = configOf(recipe, one, { engine: { threads: 1, micro_batch_size: 4 } });
    expectNear(await run(config, join(scratch, `${recipe}-parts`)), one);
  });
});

/** The log-probs of the reference that a run has kept. */
function keptBy(folder: string): readonly number[] {
  const file = openSafetensors(join(folder, KEPT));
  const values = [...file.read('logprobs')];
  file.close();
  return values;
}

describe.runIf(hasNative)('the reference', () => {
  const [one] = runsOf('dpo');
  const lora = { adapter: { peft_type: 'lora', r: 2, lora_alpha: 8, lora_dropout: 0.5 } };

  test('of an adapter run is the base without the adapter, also for a run that goes on', {
    timeout: 240_000,
  }, async () => {
    const [whole, adapted, again] = ['reference-whole', 'reference-lora', 'reference-again'].map((name) =>
      join(scratch, name),
    ) as [string, string, string];
    await run(configOf('dpo', one!, { training: { max_steps: 1, batch_size: 8 } }), whole);
    const rows = await run(configOf('dpo', one!, lora), adapted);
    expect(keptBy(adapted)).toHaveLength(2 * (8 + 3));
    const apart = keptBy(adapted).map((value, at) => Math.abs(value - keptBy(whole)[at]!));
    expect(Math.max(...apart)).toBeLessThan(1e-4);
    expect(rows.get('rewards/margins@3')).toBeGreaterThan(0.05);

    // An adapter is compared with itself as it starts, unless the base is named.
    const model = join(adapted, 'artifacts/policy');
    const onItself = await run(configOf('dpo', one!, { ...lora, model }), again);
    expect(Math.abs(onItself.get('eval/rewards/margins@0')!)).toBeLessThan(1e-4);
    const onBase = await run(configOf('dpo', one!, { ...lora, model, reference: MODEL }), join(scratch, 'on-base'));
    expect(onBase.get('eval/rewards/margins@0')).toBeCloseTo(rows.get('eval/rewards/margins@3')!, 4);
  });

  test('that is another model is read once and then released', { timeout: 240_000 }, async () => {
    const reference = `${MODEL}-moved`;
    const [plain, other] = ['reference-own', 'reference-other'].map((name) => join(scratch, name)) as [string, string];
    const [own, moved] = [
      await run(configOf('dpo', one!), plain),
      await run(configOf('dpo', one!, { reference }), other),
    ];
    expect(moved.get('logps/chosen@1')).toBe(own.get('logps/chosen@1'));
    expect(Math.abs(moved.get('rewards/chosen@1')!)).toBeGreaterThan(0.01);
    await run({ ...configOf('dpo', one!), model: reference }, join(scratch, 'reference-direct'));
    expect(keptBy(other)).toEqual(keptBy(join(scratch, 'reference-direct')));
  });

  test('is not read again when a run resumes', { timeout: 240_000 }, async () => {
    const [first, copy] = ['resumed-first', 'resumed-copy'].map((name) => join(scratch, name)) as [string, string];
    const whole = await run(configOf('dpo', one!), first);
    mkdirSync(copy);
    for (const name of [KEPT, 'stop-tokens.json', 'checkpoint-00000001'])
      cpSync(join(first, name), join(copy, name), { recursive: true });
    // With another model in the place of the reference, only the kept numbers give the same rewards.
    const config = configOf('dpo', one!, { reference: `${MODEL}-moved` });
    const resumed = await run(config, copy, join(copy, 'checkpoint-00000001'));
    for (const key of ['loss@3', 'rewards/chosen@3', 'eval/loss@3']) expect(resumed.get(key)).toBe(whole.get(key));
  });
});
