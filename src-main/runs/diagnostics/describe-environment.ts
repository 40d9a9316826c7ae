import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, release, totalmem } from 'node:os';
import type { Detail } from '#contract/api/runs/run-records.ts';
import { locateEngine } from '#setup/engine-manifest.mjs';

const PACKAGE = new URL('../../../package.json', import.meta.url);
/** Environment variables that change how TensorFlow computes. */
const TELLING = /^(TF_|CUDA_VISIBLE|OMP_|MKL_|ONEDNN_|KEEL_ENGINE)/;

export function keelVersion(): string {
  return (JSON.parse(readFileSync(PACKAGE, 'utf8')) as { version: string }).version;
}

/** Properties of this machine and installation that can affect a run's results. */
export function describeEnvironment(home: string, environment: NodeJS.ProcessEnv): Detail {
  const telling = Object.entries(environment).filter(([name]) => TELLING.test(name));
  return {
    keel: keelVersion(),
    node: process.versions.node,
    platform: `${process.platform}-${process.arch}`,
    release: release(),
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memory: totalmem(),
    engine: locateEngine({ home })?.variant ?? null,
    variables: Object.fromEntries(telling),
  };
}
