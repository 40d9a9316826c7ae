import type { Detail } from '#contract/api/runs/run-records.ts';
import type { Fault } from '#contract/errors.ts';
import { readEngineState } from '../diagnostics/engine-state.ts';

interface Machine {
  /** The data folder. */
  readonly home: string;
  readonly environment: NodeJS.ProcessEnv;
}

/** A config that requires a GPU where there is none, or whose engine cannot use it: the run would compute on the CPU. */
export function deviceFault({ home, environment }: Machine, config: Detail): Fault | null {
  const engine = config.engine as { readonly device?: unknown } | undefined;
  if (engine?.device !== 'gpu') return null;
  const { hasGpu, variants } = readEngineState(home, environment);
  const at = { where: 'engine.device', code: 'device_missing' };
  const others = 'Set engine.device to auto or cpu';
  if (!hasGpu) {
    return { ...at, why: 'is gpu, but no NVIDIA driver responds on this machine', fix: `${others}.` };
  }
  // An engine that the environment names is not among the installed ones.
  const used = environment.KEEL_ENGINE_BINDING ? undefined : variants.find(({ isInUse }) => isInUse);
  if (used === undefined || used.device === 'gpu') return null;
  const why = `is gpu, but the engine in use, ${used.name}, computes on the CPU`;
  return { ...at, why, fix: `${others}, or install an engine for the GPU: see \`keel engine --help\`.` };
}
