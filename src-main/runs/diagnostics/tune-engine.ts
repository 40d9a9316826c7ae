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

/** Seconds of a training step and of a loop of decoding; null when the settings cannot be run. */
export type Measure = (settings: TunedSettings) => Promise<TunedSeconds | null>;

/** Another choice must be so much faster: below it, what is measured is the rest of the machine. */
const LEAST_GAIN = 0.95;
/** From so many threads on, half of them is tried too: two share a core on many processors. */
const SHARED_CORES_FROM = 4;

const costOf = ({ seconds }: TriedSettings) => (seconds ? seconds.train + seconds.decode : Number.POSITIVE_INFINITY);

/**
 * The fastest settings: oneDNN on and off, then XLA, then half the threads, each kept where it gains a twentieth. The
 * first choice is measured twice, since the first process on a quiet machine also pays for reading the library.
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
 * Measures the engine of a data folder on this machine, some 20 seconds, and remembers the choice beside it: the usual
 * settings where none could be run, so that it is not tried at every start.
 * @throws KeelError `engine_missing`
 */
export async function tuneEngine(home: string, environment: NodeJS.ProcessEnv = process.env): Promise<Tuning> {
  const engine = locateEngine({ home });
  if (!engine || engine.backend === 'javascript') {
    throw new KeelError({
      code: 'engine_missing',
      why: engine ? 'Pure JavaScript has no settings to choose from.' : `No engine is set up in ${home}.`,
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
