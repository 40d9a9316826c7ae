import { availableParallelism } from 'node:os';
import process from 'node:process';
import { z } from 'zod';
import { KeelError } from '#contract/errors.ts';
import { DEFAULT_ENGINE_SETTINGS, MEMORY_ENVIRONMENT } from '#engine/runtime/environment.ts';
import { locateEngine } from '#setup/engine-manifest.mjs';
import { type TriedSettings, type TunedSettings, type Tuning, writeTuning } from '#setup/engine-tuning.mjs';
import { runProbe } from '../engine/run-probe.ts';
import { engineLocation } from '../engine/spawn-environment.ts';

const TUNE = new URL('../../engine/runtime/tune.ts', import.meta.url);
const secondsSchema = z.object({ train: z.number().positive(), decode: z.number().positive() });
export type TunedSeconds = z.infer<typeof secondsSchema>;

/** Seconds for a training step and for a decoding loop; null if the settings cannot be run. */
export type Measure = (settings: TunedSettings) => Promise<TunedSeconds | null>;

/** Required relative gain of another choice; smaller differences are measurement noise. */
const LEAST_GAIN = 0.95;
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
): Promise<{ readonly settings: TunedSettings; readonly tried: TriedSettings[] }> {
  const tried: TriedSettings[] = [];
  const attempt = async (settings: TunedSettings): Promise<TriedSettings> => {
    const one = { settings, seconds: await measure(settings) };
    tried.push(one);
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
  return { settings: best.settings, tried };
}

/**
 * Measures the engine of a data folder on this machine, which takes about 20 seconds, and stores the choice next to it.
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
  const measure: Measure = async (settings) => {
    const wanted = JSON.stringify({ ...DEFAULT_ENGINE_SETTINGS, ...settings });
    const env = { ...MEMORY_ENVIRONMENT, ...environment, ...located, KEEL_TUNE_SETTINGS: wanted };
    const answer = await runProbe(TUNE, secondsSchema, env);
    return 'value' in answer ? answer.value : null;
  };
  const chosen = await chooseSettings(measure, availableParallelism());
  return writeTuning({ home, variant: engine.variant }, { ...chosen, measuredAt: Date.now() });
}
