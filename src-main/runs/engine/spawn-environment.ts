import { availableParallelism } from 'node:os';
import { delimiter } from 'node:path';
import type { EngineSettings } from '#engine/protocol.ts';
import {
  type ComputeDtype,
  DEFAULT_ENGINE_SETTINGS,
  engineEnvironment,
  MEMORY_ENVIRONMENT,
} from '#engine/runtime/environment.ts';
import { locateEngine } from '#setup/engine-manifest.mjs';
import { readTuning } from '#setup/engine-tuning.mjs';
import type { EngineRequest } from '../host/host-setup.ts';

/** The person has named an engine; what the set-up has put in place does not matter then. */
function isEngineNamed(environment: NodeJS.ProcessEnv): boolean {
  return environment.KEEL_ENGINE_BINDING !== undefined && environment.KEEL_ENGINE_CHOSEN !== 'setup';
}

/** The variables that find the engine's library: as the environment says, else what the set-up has put in place. */
export function engineLocation(home: string, environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  if (isEngineNamed(environment)) return {};
  const engine = locateEngine({ home });
  const libraries = [...(engine?.libraryPath ?? []), environment.LD_LIBRARY_PATH].filter(Boolean).join(delimiter);
  return { KEEL_ENGINE_BINDING: engine?.binding ?? '', ...(libraries && { LD_LIBRARY_PATH: libraries }) };
}

type Usual = Pick<typeof DEFAULT_ENGINE_SETTINGS, 'threads' | 'onednn' | 'xla'>;

/** From so many rows on, two halves of a batch are decoded beside each other. */
const ROWS_OF_TWO_HALVES = 64;
/** Twice the size at which it was measured to gain; at 8M parameters it gained nothing any more. */
const MOST_POLICY_BYTES = 16 * 2 ** 20;
/** A reward model learns in two halves of so many pairs at least. Measured with 3 MB and 16 pairs alone. */
const PAIRS_OF_TWO_HALVES = 16;
const MOST_REWARD_MODEL_BYTES = 4 * 2 ** 20;

/**
 * Threads within one op, 0 for all. Two threads work better on two ops than on one: policy and critic learn beside each other
 * and halves of a batch are decoded so: with 64 rollouts an iteration takes 0.82 of the time at 2.2M parameters, but 1.09 at
 * 70M. A reward model of 0.8M learns in 0.86 of the time. Of fewer rows no halves are made, and more threads than two were
 * not measured.
 */
function opThreadsFor({ online, pairs, threads, mode }: EngineRequest, usual: Usual): number {
  const all = threads || usual.threads || availableParallelism();
  // Op by op nothing runs beside an op.
  if (all !== 2 || mode === 'eager') return 0;
  const isSmall = (bytes: number, most: number) => bytes > 0 && bytes <= most;
  if (online && online.rollouts >= ROWS_OF_TWO_HALVES) return isSmall(online.weightBytes, MOST_POLICY_BYTES) ? 1 : 0;
  if (pairs && pairs.batch >= PAIRS_OF_TWO_HALVES) return isSmall(pairs.weightBytes, MOST_REWARD_MODEL_BYTES) ? 1 : 0;
  return 0;
}

function recorded(settings: EngineSettings | null, wish: EngineRequest, usual: Usual) {
  const dtype = settings ? settings.computeDtype : wish.compute_dtype;
  const computeDtype: ComputeDtype = dtype === 'bfloat16' ? 'bfloat16' : 'float32';
  return {
    threads: Number(settings?.threads ?? wish.threads ?? usual.threads),
    // Runs from before this setting have none recorded: their ops had all threads.
    opThreads: Number(settings ? (settings.opThreads ?? 0) : opThreadsFor(wish, usual)),
    // Only oneDNN has products of bfloat16.
    onednn: Boolean(settings?.onednn ?? (computeDtype === 'bfloat16' || usual.onednn)),
    xla: Boolean(settings?.xla ?? usual.xla),
    computeDtype,
    deterministic: Boolean(settings?.deterministic ?? DEFAULT_ENGINE_SETTINGS.deterministic),
  };
}

/**
 * The environment of an engine process. A first start takes what the person's environment says, then the config's
 * wish, then what was measured to be fastest on this machine; a resumed run takes what its first start had, so that it
 * computes the same.
 */
export function spawnEnvironment(
  home: string,
  environment: NodeJS.ProcessEnv,
): (settings: EngineSettings | null, wish: EngineRequest) => NodeJS.ProcessEnv {
  return (settings, wish) => {
    const tuned = isEngineNamed(environment) ? null : readTuning({ home });
    const own = engineEnvironment(recorded(settings, wish, tuned?.settings ?? DEFAULT_ENGINE_SETTINGS));
    const variables = settings ? { ...environment, ...own } : { ...own, ...environment };
    const mode = settings?.mode ?? wish.mode;
    return {
      ...MEMORY_ENVIRONMENT,
      ...variables,
      ...engineLocation(home, environment),
      ...(typeof mode === 'string' && { KEEL_ENGINE_MODE: mode }),
      ...(wish.device === 'cpu' && { CUDA_VISIBLE_DEVICES: '' }),
    };
  };
}
