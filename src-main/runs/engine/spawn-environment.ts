import { availableParallelism } from 'node:os';
import { delimiter } from 'node:path';
import type { EngineSettings } from '#engine/protocol.ts';
import {
  type ComputeDtype,
  DEFAULT_ENGINE_SETTINGS,
  engineEnvironment,
  MEMORY_ENVIRONMENT,
  SPARING_MEMORY_ENVIRONMENT,
} from '#engine/runtime/environment.ts';
import { locateEngine } from '#setup/engine-manifest.mjs';
import { readTuning } from '#setup/engine-tuning.mjs';
import type { EngineRequest } from '../host/host-setup.ts';

/** Whether the user has set an engine explicitly; the one installed by setup is then ignored. */
function isEngineNamed(environment: NodeJS.ProcessEnv): boolean {
  return environment.KEEL_ENGINE_BINDING !== undefined && environment.KEEL_ENGINE_CHOSEN !== 'setup';
}

/** Variables with the location of the engine's library: from the environment, otherwise as installed by setup. */
export function engineLocation(home: string, environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  if (isEngineNamed(environment)) return {};
  const engine = locateEngine({ home });
  const libraries = [...(engine?.libraryPath ?? []), environment.LD_LIBRARY_PATH].filter(Boolean).join(delimiter);
  return { KEEL_ENGINE_BINDING: engine?.binding ?? '', ...(libraries && { LD_LIBRARY_PATH: libraries }) };
}

type Usual = Pick<typeof DEFAULT_ENGINE_SETTINGS, 'threads' | 'onednn' | 'xla'>;

/** From this number of rows, two halves of a batch are decoded in parallel. */
const ROWS_OF_TWO_HALVES = 64;
/** Twice the size at which a gain was measured; at 8M parameters there was no gain. */
const MOST_POLICY_BYTES = 16 * 2 ** 20;
/** Minimum pairs per batch for training a reward model in two halves. Measured only with 3 MB and 16 pairs. */
const PAIRS_OF_TWO_HALVES = 16;
const MOST_REWARD_MODEL_BYTES = 4 * 2 ** 20;

/**
 * Threads within one op, 0 for all. Two threads are more efficient on two ops than on one: policy and critic are
 * trained in parallel, and halves of a batch are decoded in parallel. With 64 rollouts, an iteration takes 0.82 of the
 * time at 2.2M parameters, but 1.09 at 70M. A reward model of 0.8M trains in 0.86 of the time. Batches with fewer rows
 * are not split, and more than two threads were not measured. Adapters multiply many narrow matrices, which two threads
 * do not compute faster than one: at 135M parameters, an iteration takes 0.86 of the time.
 */
function opThreadsFor({ online, pairs, threads, mode, adapted }: EngineRequest, usual: Usual): number {
  const all = threads || usual.threads || availableParallelism();
  // In eager mode, ops do not run in parallel.
  if (all !== 2 || mode === 'eager') return 0;
  if (online && adapted) return 1;
  const isSmall = (bytes: number, most: number) => bytes > 0 && bytes <= most;
  if (online && online.rollouts >= ROWS_OF_TWO_HALVES) return isSmall(online.weightBytes, MOST_POLICY_BYTES) ? 1 : 0;
  if (pairs && pairs.batch >= PAIRS_OF_TWO_HALVES) return isSmall(pairs.weightBytes, MOST_REWARD_MODEL_BYTES) ? 1 : 0;
  return 0;
}

function recorded(settings: EngineSettings | null, request: EngineRequest, usual: Usual) {
  const dtype = settings ? settings.computeDtype : request.compute_dtype;
  const computeDtype: ComputeDtype = dtype === 'bfloat16' ? 'bfloat16' : 'float32';
  return {
    threads: Number(settings?.threads ?? request.threads ?? usual.threads),
    // Older runs have no recorded value: their ops used all threads.
    opThreads: Number(settings ? (settings.opThreads ?? 0) : opThreadsFor(request, usual)),
    // Only oneDNN has bfloat16 matrix products.
    onednn: Boolean(settings?.onednn ?? (computeDtype === 'bfloat16' || usual.onednn)),
    xla: Boolean(settings?.xla ?? usual.xla),
    computeDtype,
    deterministic: Boolean(settings?.deterministic ?? DEFAULT_ENGINE_SETTINGS.deterministic),
  };
}

/**
 * The environment of an engine process. A first start uses the user's environment, then the config's settings, then
 * the fastest settings measured on this machine. A resumed run uses the settings of its first start, so that it
 * computes the same results.
 */
export function spawnEnvironment(
  home: string,
  environment: NodeJS.ProcessEnv,
): (settings: EngineSettings | null, request: EngineRequest) => NodeJS.ProcessEnv {
  return (settings, request) => {
    const tuned = isEngineNamed(environment) ? null : readTuning({ home });
    const own = engineEnvironment(recorded(settings, request, tuned?.settings ?? DEFAULT_ENGINE_SETTINGS));
    const variables = settings ? { ...environment, ...own } : { ...own, ...environment };
    const mode = settings?.mode ?? request.mode;
    return {
      ...(request.adapted ? SPARING_MEMORY_ENVIRONMENT : MEMORY_ENVIRONMENT),
      ...variables,
      ...engineLocation(home, environment),
      ...(typeof mode === 'string' && { KEEL_ENGINE_MODE: mode }),
      ...(request.device === 'cpu' && { CUDA_VISIBLE_DEVICES: '' }),
    };
  };
}
