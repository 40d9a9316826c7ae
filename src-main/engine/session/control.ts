import type { PauseCause } from '#contract/api/run-doctor.ts';
import { GO_ON_PATH } from '#contract/run-events.ts';
import type { Change, Control } from './context.ts';

export type ControlMessage =
  | { readonly kind: 'pause' }
  | { readonly kind: 'resume' }
  | { readonly kind: 'checkpoint' }
  | { readonly kind: 'stop'; readonly checkpoint: boolean }
  | { readonly kind: 'set'; readonly path: string; readonly value: number };

export type ControlReport =
  | { readonly kind: 'paused'; readonly step: number; readonly cause: PauseCause | null }
  | { readonly kind: 'resumed'; readonly step: number }
  | { readonly kind: 'changed'; readonly change: Change };

export interface ControlDesk extends Control {
  /** Takes a message from outside; it takes effect at the next boundary. */
  receive(message: ControlMessage): void;
}

/**
 * The recipe's side of the controls: messages are collected while a step runs and answered between two steps.
 * @param recorded changes of an earlier part of the run; replayed so that a resumed run repeats them at their steps.
 */
export function createControl(recorded: readonly Change[], tell: (report: ControlReport) => void): ControlDesk {
  const changes: Change[] = [...recorded];
  let waiting: { path: string; value: number }[] = [];
  let paused = false;
  let stop = false;
  let checkpoint = false;
  let wake: (() => void) | null = null;
  let now = 0;

  function record(change: Change): void {
    changes.push(change);
    tell({ kind: 'changed', change });
  }

  /** A run that is held waits until somebody lets it go on; that is recorded, so that a resumed run does not wait again. */
  async function holdHere(step: number, cause: PauseCause): Promise<void> {
    if (changes.some((change) => change.path === GO_ON_PATH && change.step === step)) return;
    paused = true;
    await pauseHere(step, cause);
    if (!stop) record({ step, path: GO_ON_PATH, value: 1 });
  }

  async function pauseHere(step: number, cause: PauseCause | null): Promise<void> {
    tell({ kind: 'paused', step, cause });
    while (paused && !stop) await new Promise<void>((resolve) => (wake = resolve));
    wake = null;
    if (!stop) tell({ kind: 'resumed', step });
  }

  return {
    receive(message) {
      if (message.kind === 'pause') paused = true;
      if (message.kind === 'resume') paused = false;
      if (message.kind === 'checkpoint') checkpoint = true;
      if (message.kind === 'stop') {
        stop = true;
        checkpoint = message.checkpoint;
      }
      if (message.kind === 'set') waiting.push({ path: message.path, value: message.value });
      wake?.();
    },
    async boundary(step, hold = null) {
      await new Promise((resolve) => setImmediate(resolve));
      if (hold && !stop) await holdHere(step, hold);
      if (paused && !stop) await pauseHere(step, null);
      now = step;
      for (const { path, value } of waiting) record({ step, path, value });
      waiting = [];
      const asked = { stop, checkpoint };
      checkpoint = false;
      return asked;
    },
    inForce(path, configured) {
      const last = changes.filter((change) => change.path === path && change.step <= now).at(-1);
      return last ? last.value : configured;
    },
    changes: () => changes,
  };
}
