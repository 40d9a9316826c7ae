import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { resolveRecipeConfig } from '#contract/config/index.ts';
import type { EngineReport } from '#engine/protocol.ts';
import type { Runtime } from '#engine/runtime/types.ts';
import { runJob } from '../engine-run.ts';
import { type GoldenRun, goldenRunOf, located } from '../golden-run.ts';
import { tellOfJob } from '../run-job.ts';
import { type RuntimeKind, runtimeKinds } from '../runtimes.ts';
import { type ConfigProbe, type Plain, withValues } from './probe.ts';

export interface RunHere {
  readonly told: readonly EngineReport[];
  readonly run: GoldenRun;
}

/**
 * Runs a config of tests/fixtures/golden-iterations in this process, op by op unless said otherwise, on TensorFlow where it
 * is installed.
 * @param prepare is given the runtime before the run starts. Throws when the run fails.
 */
export async function runHere(
  config: Plain,
  prepare: (runtime: Runtime) => void = () => undefined,
  mode: RuntimeKind['kind'] = runtimeKinds.find(({ kind }) => kind !== 'compiled')!.kind,
): Promise<RunHere> {
  const runFolder = mkdtempSync(join(tmpdir(), 'keel-probe-'));
  const runtime = await runtimeKinds.find(({ kind }) => kind === mode)!.start();
  try {
    prepare(runtime);
    const { file } = resolveRecipeConfig(located(config));
    const { told } = await tellOfJob(runtime, runJob({ runFolder, resumeFrom: null }, file) as never);
    return { told, run: goldenRunOf(told, runFolder) };
  } finally {
    runtime.dispose();
    rmSync(runFolder, { recursive: true });
  }
}

const known = new Map<string, Promise<GoldenRun>>();

function runOnce(config: Plain): Promise<GoldenRun> {
  const key = JSON.stringify(config);
  const run = known.get(key) ?? runHere(config).then((here) => here.run);
  known.set(key, run);
  return run;
}

/** Observes whether a run differs from that of the config without its value at a path. */
export function differsWithout(config: Plain, path: string): ConfigProbe['observe'] {
  return async (given) => {
    const [own, other] = [await runOnce(given), await runOnce(withValues(config, { [path]: undefined }))];
    return isDeepStrictEqual(own, other) ? [`${path} changes nothing`] : [];
  };
}
