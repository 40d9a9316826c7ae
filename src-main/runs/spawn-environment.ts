import { delimiter } from 'node:path';
import type { EngineSettings } from '#engine/protocol.ts';
import { DEFAULT_ENGINE_SETTINGS, engineEnvironment } from '#engine/runtime/environment.ts';
import { locateEngine } from '#setup/engine-manifest.mjs';
import type { EngineWish } from './host-setup.ts';

/** The variables that find the engine's library: as the environment says, else what the set-up has put in place. */
function engineLocation(home: string, environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const isNamed = environment.KEEL_ENGINE_BINDING !== undefined && environment.KEEL_ENGINE_CHOSEN !== 'setup';
  if (isNamed) return {};
  const engine = locateEngine({ home });
  const libraries = [...(engine?.libraryPath ?? []), environment.LD_LIBRARY_PATH].filter(Boolean).join(delimiter);
  return { KEEL_ENGINE_BINDING: engine?.binding ?? '', ...(libraries && { LD_LIBRARY_PATH: libraries }) };
}

function recorded(settings: EngineSettings | null, wish: EngineWish) {
  const { threads, onednn, xla, deterministic } = DEFAULT_ENGINE_SETTINGS;
  return {
    threads: Number(settings?.threads ?? wish.threads ?? threads),
    onednn: Boolean(settings?.onednn ?? onednn),
    xla: Boolean(settings?.xla ?? xla),
    deterministic: Boolean(settings?.deterministic ?? deterministic),
  };
}

/**
 * The environment of an engine process. A first start takes what the person's environment says, then the config's
 * wish; a resumed run takes what its first start had, so that it computes the same.
 */
export function spawnEnvironment(
  home: string,
  environment: NodeJS.ProcessEnv,
): (settings: EngineSettings | null, wish: EngineWish) => NodeJS.ProcessEnv {
  return (settings, wish) => {
    const own = engineEnvironment(recorded(settings, wish));
    const tuned = settings ? { ...environment, ...own } : { ...own, ...environment };
    const mode = settings?.mode ?? wish.mode;
    return {
      ...tuned,
      ...engineLocation(home, environment),
      ...(typeof mode === 'string' && { KEEL_ENGINE_MODE: mode }),
      ...(wish.device === 'cpu' && { CUDA_VISIBLE_DEVICES: '' }),
    };
  };
}
