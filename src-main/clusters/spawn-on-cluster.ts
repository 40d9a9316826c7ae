import { type ClusterDevice, readClusterDevice } from '#contract/cluster-device.ts';
import { readKnownModels } from '#engine/known-bases.ts';
import type { EngineSpawn, SpawnEngine } from '../runs/engine/engine-process.ts';
import { addressOf } from './registry.ts';
import { RemoteEngine } from './remote-engine.ts';

/** Variables that say how an engine computes; everything else belongs to the machine. */
const SETTING = /^(TF_|ONEDNN_|GLIBC_TUNABLES$|KEEL_COMPUTE_DTYPE$|KEEL_ENGINE_MODE$|CUDA_CACHE_MAXSIZE$)/;

/** A job may wait for resources for a day, install its engine, and be cut off for a while. */
const SILENCE = { starting: 86_400, working: 3600, compiling: 7200 } as const;

/** The engine's settings. Without a number of threads in the config, an engine uses the processors that its job holds. */
function settingsOf(
  environment: NodeJS.ProcessEnv,
  { cpus, workers }: ClusterDevice,
): Readonly<Record<string, string>> {
  const own = Object.entries(environment).flatMap(([name, value]) =>
    SETTING.test(name) && value !== undefined ? [[name, value] as const] : [],
  );
  const threads = { TF_NUM_INTRAOP_THREADS: String(cpus), TF_NUM_INTEROP_THREADS: String(cpus) };
  // An empty list of GPUs was set by the config; any other belongs to this machine. GPUs of workers are theirs alone.
  const isWithoutGpu = environment.CUDA_VISIBLE_DEVICES === '' || workers > 0;
  const noGpu: Record<string, string> = isWithoutGpu ? { CUDA_VISIBLE_DEVICES: '' } : {};
  return { ...threads, ...Object.fromEntries(own), ...noGpu };
}

/** Starts engines of runs that a cluster computes in Ray jobs, and all others on this machine. */
export function withClusters(home: string, spawnHere: SpawnEngine): SpawnEngine {
  return (request: EngineSpawn) => {
    const device = request.run ? readClusterDevice(request.run.device) : null;
    if (!request.run || !device) return spawnHere(request);
    const { id, folder } = request.run;
    const engine = new RemoteEngine({
      id,
      folder,
      baseFolder: request.cwd,
      address: () => addressOf(home, device.cluster),
      cpus: device.cpus,
      gpus: device.gpus,
      workers: device.workers,
      environment: settingsOf(request.env, device),
      models: readKnownModels(request.env),
      onOutput: request.onOutput,
    });
    return { engine, pid: null, silence: SILENCE };
  };
}
