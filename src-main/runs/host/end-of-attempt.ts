import type { Detail } from '#contract/api/runs/run-records.ts';
import type { RunState } from '#contract/api/runs/run-state.ts';
import type { KeelErrorShape } from '#contract/errors.ts';
import type { Outcome } from '../engine/explain-exit.ts';
import { appendLog } from './run-folder.ts';

/** How a run, or an attempt at it, has ended. */
export interface End {
  readonly state: RunState;
  readonly summary: Detail | null;
  readonly error: KeelErrorShape | null;
  readonly cause: string;
}

/** Converts an engine's outcome to the end of its run. */
export function toEnd(outcome: Outcome): End {
  const nothing = { summary: null, error: null };
  switch (outcome.kind) {
    case 'summary':
      return { ...nothing, state: 'finished', summary: outcome.summary, cause: 'finished' };
    case 'stopped':
      return { ...nothing, state: 'stopped', cause: 'stopped' };
    case 'failed':
      return { ...nothing, state: 'failed', error: outcome.error, cause: outcome.error.code };
    case 'gone':
      return { ...nothing, state: 'interrupted', error: outcome.error, cause: outcome.cause };
    case 'result':
      return { ...nothing, state: 'finished', cause: 'finished' };
  }
}

/** A bug in Keel ends only the run in which it occurs; its stack trace goes to the log. */
export function hostBug(folder: string, error: unknown): KeelErrorShape {
  appendLog(folder, error instanceof Error ? (error.stack ?? error.message) : String(error));
  const why = `The host failed: ${error instanceof Error ? error.message : error}.`;
  return { code: 'host_bug', why, fix: 'Resume the run, and report this with its log.', kind: 'expected' };
}
