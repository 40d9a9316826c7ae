import process from 'node:process';
import { KeelError } from '#contract/errors.ts';
import { runJob } from '#engine/jobs/index.ts';
import type { EngineExit, EngineProcess, EngineReport } from '#engine/protocol.ts';
import { type EngineEvent, engineEventSchema } from '#engine/protocol.ts';
import { createControl } from '#engine/session/control.ts';
import type { SpawnEngine } from '../../src-main/runs/engine/engine-process.ts';

type Listener = (event: EngineEvent | EngineExit) => void;

/**
 * An engine for jobs without tensors that runs in this process, so that a test can run many without waiting for a
 * process each time. Jobs must not overlap: each changes the working directory.
 */
export const spawnInProcess: SpawnEngine = ({ cwd }) => {
  const listeners: Listener[] = [];
  let sequence = 0;
  const say = (event: EngineEvent | EngineExit) => {
    for (const listener of listeners) listener(event);
  };
  const tell = (report: EngineReport) => {
    sequence += 1;
    say(engineEventSchema.parse({ ...report, sequence }));
  };
  const tellFailure = (error: unknown) => {
    if (!(error instanceof KeelError)) throw error;
    const { faults, ...shape } = error.toShape();
    tell({ kind: 'failed', error: { ...shape, ...(faults && { faults: [...faults] }) } });
  };
  const engine: EngineProcess = {
    send(command) {
      if (command.kind !== 'start') return;
      process.chdir(cwd);
      const context = { runtime: null as never, control: createControl([], () => undefined), tell };
      void runJob(command.job, context)
        .catch(tellFailure)
        .then(() => say({ kind: 'exit', code: 0, signal: null, stderr: '', unreadable: null }));
    },
    onEvent(listener) {
      listeners.push(listener);
      queueMicrotask(() => tell({ kind: 'ready', device: {}, settings: {} }));
    },
    kill: () => undefined,
  };
  return { engine, pid: null };
};
