import { join } from 'node:path';
import type { EngineState, EngineVariant } from '#contract/api/system.ts';
import { prebuiltFiles, variants } from '#setup/artifacts.mjs';
import { engineFolder } from '#setup/data-folder.mjs';
import { findDevice } from '#setup/device.mjs';
import { locateEngine, readChoice, readManifest } from '#setup/engine-manifest.mjs';

/** Bytes that setting up the prebuilt library needs for downloads and on disk. */
const PREBUILT_BYTES = 1.5e9;

interface Known {
  readonly name: string;
  readonly device: 'cpu' | 'gpu';
  readonly bytes: number;
}

function knownEngines(): readonly Known[] {
  const built = variants().map(({ name, device, diskBytes }) => ({ name, device, bytes: diskBytes }));
  const prebuilt = prebuiltFiles();
  return prebuilt ? [...built, { name: prebuilt.name, device: 'cpu', bytes: PREBUILT_BYTES }] : built;
}

/** Reads which engines are installed or available on this machine, and which one runs use. Changes nothing. */
export function readEngineState(home: string, environment: NodeJS.ProcessEnv): EngineState {
  const located = locateEngine({ home });
  const native = knownEngines().map(({ name, device, bytes }): EngineVariant => {
    const manifest = readManifest(join(engineFolder(home), name));
    const installed = manifest && Object.values(manifest.files).reduce((sum, size) => sum + size, 0);
    return {
      name,
      device,
      tensorflowVersion: manifest?.tensorflowVersion ?? /\d+(\.\d+)+$/.exec(name)?.[0] ?? null,
      isInstalled: manifest !== null,
      isInUse: located?.variant === name,
      bytes: installed ?? bytes,
    };
  });
  const javascript: EngineVariant = {
    name: 'javascript',
    device: 'javascript',
    tensorflowVersion: null,
    isInstalled: true,
    isInUse: located?.backend === 'javascript',
    bytes: 0,
  };
  const ladder = (readChoice(home)?.ladder ?? []).map(({ rung, outcome }) => ({ rung, outcome }));
  return { variants: [...native, javascript], hasGpu: findDevice(environment) === 'gpu', ladder };
}
