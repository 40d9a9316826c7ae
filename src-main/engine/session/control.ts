import type { PauseCause } from '#contract/api/runs/run-doctor.ts';
import { GO_ON_PATH } from '#contract/run-events.ts';
import type { Asked, Change, Control } from './context.ts';
import { DiskWaits } from './disk-waits.ts';

export type ControlMessage =
  | { readonly kind: 'pause' }
  | { readonly kind: 'resume' }
  | { readonly kind: 'checkpoint' }
  | { readonly kind: 'stop'; readonly checkpoint: boolean; readonly waits?: boolean }
  | { readonly kind: 'set'; readonly path: string; readonly value: number };

export type ControlReport =
  | { readonly kind: 'paused'; readonly step: number; readonly cause: PauseCause | null }
  | { readonly kind: 'resumed'; readonly step: number }
  | { readonly kind: 'changed'; readonly change: Change };

export interface ControlDesk extends Control {
  /** Accepts a message from outside; it takes effect at the next boundary. */
  receive(message: ControlMessage): void;
}

interface ControlOptions {
  /** True: work pauses while the disk is full; false: a full disk is an error. */
  readonly waitsForDisk: boolean;
  /** True: a hold at the first boundary is passed. */
  readonly goesOn: boolean;
}

/** Collects messages while a step runs and handles them between two steps. */
class Desk {
  readonly changes: Change[];
  readonly disk: DiskWaits;
  readonly #tell: (report: ControlReport) => void;
  #waiting: { path: string; value: number }[] = [];
  #isPaused = false;
  #stop = false;
  #checkpoint = false;
  #wake: (() => void) | null = null;
  #now = 0;

  /** A hold at the first boundary is passed: the run was stopped there, and the user has decided to resume it. */
  #goesOn: boolean;

  constructor(
    recorded: readonly Change[],
    tell: (report: ControlReport) => void,
    { waitsForDisk, goesOn }: ControlOptions,
  ) {
    this.changes = [...recorded];
    this.#tell = tell;
    this.#goesOn = goesOn;
    this.disk = new DiskWaits(tell, () => this.#now, waitsForDisk);
  }

  receive(message: ControlMessage): void {
    if (message.kind === 'pause') this.#isPaused = true;
    if (message.kind === 'resume') this.#isPaused = false;
    if (message.kind === 'checkpoint') this.#checkpoint = true;
    if (message.kind === 'stop') {
      this.#stop = true;
      this.#checkpoint = message.checkpoint;
      this.disk.stop(message.waits ?? true);
    }
    if (message.kind === 'set') this.#waiting.push({ path: message.path, value: message.value });
    this.#wake?.();
    this.disk.wake();
  }

  async boundary(step: number, hold: PauseCause | null): Promise<Asked> {
    await new Promise((resolve) => setImmediate(resolve));
    await this.disk.settle();
    if (hold && !this.#stop) await this.#holdHere(step, hold);
    this.#goesOn = false;
    if (this.#isPaused && !this.#stop) await this.#pauseHere(step, null);
    this.#now = step;
    for (const { path, value } of this.#waiting) this.#record({ step, path, value });
    this.#waiting = [];
    const asked = { stop: this.#stop, checkpoint: this.#checkpoint };
    this.#checkpoint = false;
    return asked;
  }

  async stopRequested(): Promise<boolean> {
    await new Promise((resolve) => setImmediate(resolve));
    return this.#stop;
  }

  inForce(path: string, configured: number): number {
    const last = this.changes.findLast((change) => change.path === path && change.step <= this.#now);
    return last ? last.value : configured;
  }

  #record(change: Change): void {
    this.changes.push(change);
    this.#tell({ kind: 'changed', change });
  }

  /** A paused run waits until you resume it; the resume is recorded, so that a resumed run does not pause again. */
  async #holdHere(step: number, cause: PauseCause): Promise<void> {
    if (this.changes.some((change) => change.path === GO_ON_PATH && change.step === step)) return;
    if (this.#goesOn) return this.#record({ step, path: GO_ON_PATH, value: 1 });
    this.#isPaused = true;
    await this.#pauseHere(step, cause);
    if (!this.#stop) this.#record({ step, path: GO_ON_PATH, value: 1 });
  }

  async #pauseHere(step: number, cause: PauseCause | null): Promise<void> {
    this.#tell({ kind: 'paused', step, cause });
    while (this.#isPaused && !this.#stop) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#wake = null;
    if (!this.#stop) this.#tell({ kind: 'resumed', step });
  }
}

/**
 * The recipe's side of the controls: messages are collected while a step runs and handled between two steps. The
 * functions are standalone, since a control may be spread into another object.
 * @param recorded changes from an earlier part of the run; replayed so that a resumed run repeats them at their steps.
 */
export function createControl(
  recorded: readonly Change[],
  tell: (report: ControlReport) => void,
  { waitsForDisk = true, goesOn = false }: Partial<ControlOptions> = {},
): ControlDesk {
  const desk = new Desk(recorded, tell, { waitsForDisk, goesOn });
  return {
    receive: (message) => desk.receive(message),
    boundary: (step, hold = null) => desk.boundary(step, hold),
    stopRequested: () => desk.stopRequested(),
    lastStep: Number.POSITIVE_INFINITY,
    inForce: (path, configured) => desk.inForce(path, configured),
    changes: () => desk.changes,
    attempt: (write) => desk.disk.attempt(write),
    settle: () => desk.disk.settle(),
    untilWritten: (at, write) => desk.disk.untilWritten(at, write),
  };
}
