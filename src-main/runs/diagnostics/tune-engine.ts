import { availableParallelism } from 'node:os';
import process from 'node:process';
import { z } from 'zod';
import { KeelError } from '#contract/errors.ts';
import { DEFAULT_ENGINE_SETTINGS, MEMORY_ENVIRONMENT } from '#engine/runtime/environment.ts';
import { locateEngine } from '#setup/engine-manifest.mjs';
import {
  type TriedSettings,
  type TunedProducts,
  type TunedSettings,
  type Tuning,
  writeTuning,
} from '#setup/engine-tuning.mjs';
import { runProbe } from '../engine/run-probe.ts';
import { engineLocation } from '../engine/spawn-environment.ts';

const TUNE = new URL('../../engine/runtime/tune.ts', import.meta.url);
const seconds = z.number().positive();
const answerSchema = z.object({
  train: seconds,
  decode: seconds,
  products: seconds,
  computeDtype: z.enum(['float32', 'bfloat16']),
});
export type TuneAnswer = z.infer<typeof answerSchema>;

/** Seconds of each kind of work, and the precision of products in use; null if the settings cannot be run. */
export type Measure = (
  settings: TunedSettings,
  computeDtype?: TuneAnswer['computeDtype'],
) => Promise<TuneAnswer | null>;

/** A measurement takes seconds, but minutes on a machine that is busy with other work. */
const PATIENCE_MILLISECONDS = 240_000;
/** Required relative gain of another choice; smaller differences are measurement noise. */
const LEAST_GAIN = 0.95;
/** Required relative gain of products in bfloat16, which are less exact. */
const LEAST_BFLOAT16_GAIN = 0.85;
/** With at least this many threads, half of them is tried too: on many processors, two threads share a core. */
const SHARED_CORES_FROM = 4;

const costOf = ({ seconds }: TriedSettings) => (seconds ? seconds.train + seconds.decode : Number.POSITIVE_INFINITY);

/**
 * Finds the fastest settings: oneDNN on and off, then XLA, then half the threads. Each change is kept if it is at least
 * 5% faster. The first choice is measured twice, since the first process on an idle machine also has to read the
 * library.
 */
export async function chooseSettings(
  measure: Measure,
  threads: number,
): Promise<{
  readonly settings: TunedSettings;
  readonly tried: TriedSettings[];
  /** Seconds of a layer's products with these settings; null if none could be run. */
  readonly products: number | null;
}> {
  const tried: TriedSettings[] = [];
  const products = new Map<string, number>();
  const attempt = async (settings: TunedSettings): Promise<TriedSettings> => {
    const answer = await measure(settings);
    const one = { settings, seconds: answer && { train: answer.train, decode: answer.decode } };
    tried.push(one);
    const key = JSON.stringify(settings);
    if (answer) products.set(key, Math.min(answer.products, products.get(key) ?? Number.POSITIVE_INFINITY));
    return one;
  };
  const { onednn, xla } = DEFAULT_ENGINE_SETTINGS;
  const first = { threads: 0, onednn, xla };
  const usual = [await attempt(first), await attempt(first)];
  let best = usual.reduce((one, other) => (costOf(other) < costOf(one) ? other : one));
  const changes: Partial<TunedSettings>[] = [
    { onednn: !onednn },
    { xla: !xla },
    ...(threads >= SHARED_CORES_FROM ? [{ threads: Math.floor(threads / 2) }] : []),
  ];
  for (const change of changes) {
    const other = await attempt({ ...best.settings, ...change });
    if (costOf(other) < LEAST_GAIN * costOf(best)) best = other;
  }
  return { settings: best.settings, tried, products: products.get(JSON.stringify(best.settings)) ?? null };
}

/**
 * Compares a layer's products in float32, as already measured with the chosen settings, with those in bfloat16, measured
 * twice. bfloat16 is recommended if it takes less than 0.85 of the time; it is never chosen for the user, because it
 * rounds. Null if nothing could be measured.
 */
export async function compareProducts(
  measure: Measure,
  settings: TunedSettings,
  float32: number | null,
): Promise<TunedProducts | null> {
  if (float32 === null) return null;
  let bfloat16: number | null = null;
  for (let attempt = 0; attempt < 2; attempt += 1) {
    const answer = await measure(settings, 'bfloat16');
    // An engine whose processor has no such products computes in float32.
    if (answer?.computeDtype !== 'bfloat16') break;
    bfloat16 = Math.min(bfloat16 ?? Number.POSITIVE_INFINITY, answer.products);
  }
  const gains = bfloat16 !== null && bfloat16 < LEAST_BFLOAT16_GAIN * float32;
  return { float32, bfloat16, recommended: gains ? 'bfloat16' : 'float32' };
}

/**
 * Measures the engine of a data folder on this machine, which takes about 30 seconds, and stores the choice next to it.
 * If no settings could be run, the defaults are stored, so that the measurement is not repeated at every start.
 * @throws KeelError `engine_missing`
 */
export async function tuneEngine(home: string, environment: NodeJS.ProcessEnv = process.env): Promise<Tuning> {
  const engine = locateEngine({ home });
  if (!engine || engine.backend === 'javascript') {
    throw new KeelError({
      code: 'engine_missing',
      why: engine ? 'The pure JavaScript engine has no settings to tune.' : `No engine is set up in ${home}.`,
      fix: 'npm run keel -- engine install',
    });
  }
  const located = engineLocation(home, { ...environment, KEEL_ENGINE_CHOSEN: 'setup' });
  const measure: Measure = async (settings, computeDtype = 'float32') => {
    const wanted = JSON.stringify({ ...DEFAULT_ENGINE_SETTINGS, ...settings, computeDtype });
    const env = { ...MEMORY_ENVIRONMENT, ...environment, ...located, KEEL_TUNE_SETTINGS: wanted };
    const answer = await runProbe(TUNE, answerSchema, env, PATIENCE_MILLISECONDS);
    return 'value' in answer ? answer.value : null;
  };
  const { settings, tried, products: float32 } = await chooseSettings(measure, availableParallelism());
  const products = await compareProducts(measure, settings, float32);
  return writeTuning({ home, variant: engine.variant }, { settings, tried, products, measuredAt: Date.now() });
}
