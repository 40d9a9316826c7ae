import type { PauseCause } from '#contract/api/runs/run-doctor.ts';
import type { Artifact, Detail, EventRow, Level, Progress } from '#contract/api/runs/run-records.ts';
import type { RunState } from '#contract/api/runs/run-state.ts';
import type { EngineEvent } from '#engine/protocol.ts';
import { durably, inTransaction, type WritableDb } from '../../store/database.ts';
import { upsertCheckpoint } from '../../store/queries/checkpoints.ts';
import { hasEvent, insertEvent, lastSequence, upsertChange } from '../../store/queries/events.ts';
import { upsertArtifact, upsertInput } from '../../store/queries/lineage.ts';
import { type Mismatch, upsertPoints } from '../../store/queries/metrics.ts';
import { setState } from '../../store/queries/runs.ts';
import { upsertSample } from '../../store/queries/samples.ts';
import { isWaitable } from '../../store/sqlite-errors.ts';

/** Keys measured by a clock; they differ whenever a step is recomputed. */
const MEASURED = /^(time|system|perf)\/|^(eps|step_time)$|(_seconds|_per_second)$/;

/** Whether recomputing a step must give the same value for this key. */
function isRepeatable(key: string): boolean {
  return !MEASURED.test(key);
}

export interface RecorderOptions {
  readonly db: WritableDb;
  readonly run: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Called when rows have been stored or something else about the run has changed. */
  readonly onChange: () => void;
  /** Called with the error if the store cannot be written for now, and with null when it can be again. */
  readonly onBlocked: (error: Error | null) => void;
  /** Called once if the store can never be written again, for example because it is damaged. */
  readonly onBroken: (error: unknown) => void;
}

/** Writes one or more rows; returns the points that a resumed run computed differently. */
type Write = (db: WritableDb, run: number, sequence: number, at: number) => readonly Mismatch[];

const BATCH_MILLISECONDS = 100;
const BATCH_EVENTS = 200;
const RETRY_MILLISECONDS = 2000;
const MISMATCHES_TOLD = 20;
const NOTHING: readonly Mismatch[] = [];

/** Adapts a write that cannot conflict with stored values. */
function plain(write: (...of: Parameters<Write>) => unknown): Write {
  return (...of) => {
    write(...of);
    return NOTHING;
  };
}

function writeEvent(event: Omit<EventRow, 'sequence' | 'at'>): Write {
  return plain((db, run, sequence, at) => insertEvent(db, run, { ...event, sequence, at }));
}

/** Converts an engine event to a write, or null if it is not stored. */
function toWrite(event: EngineEvent): Write | null {
  switch (event.kind) {
    case 'metrics':
      return (db, run, sequence, at) => upsertPoints(db, run, { ...event, sequence, at });
    case 'samples':
      return plain((db, run, sequence) => event.rows.map((row) => upsertSample(db, run, event.step, row, sequence)));
    case 'log':
      return writeEvent({ name: 'log', level: event.level, step: null, detail: { text: event.text } });
    case 'event':
      return plain((db, run, sequence, at) => {
        const isTold = hasEvent(db, run, event.name, event.step, event.detail);
        if (!isTold) insertEvent(db, run, { ...event, sequence, at });
      });
    case 'changed':
      return plain((db, run, sequence, at) => {
        const { step, ...detail } = event.change;
        upsertChange(db, run, event.change, at);
        insertEvent(db, run, { sequence, at, step, level: 'info', name: 'changed', detail });
      });
    case 'artifact':
      return plain((db, run, _, at) => upsertArtifact(db, run, event.artifact, at));
    case 'input':
      return plain((db, run) => upsertInput(db, run, { ...event.input, sourceRun: null }));
    case 'checkpoint':
      return plain((db, run, sequence, at) => upsertCheckpoint(db, run, event.checkpoint, at, sequence));
    default:
      return null;
  }
}

/** Writes engine events to the store: in order, in short batches; checkpoints immediately and durably. */
export class Recorder {
  readonly #options: RecorderOptions;
  #sequence: number;
  #waiting: (() => readonly Mismatch[])[] = [];
  #timer: NodeJS.Timeout | undefined;
  #isBlocked = false;
  #isBroken = false;
  #mismatchesTold = 0;
  /** The latest progress; it is not stored. */
  progress: Progress | null = null;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#sequence = lastSequence(options.db, options.run);
  }

  take(event: EngineEvent): void {
    if (event.kind === 'progress') {
      this.progress = event.progress;
      this.#options.onChange();
    }
    const write = toWrite(event);
    if (write) this.#put(write);
    if (event.kind === 'checkpoint') this.flush(durably);
  }

  /** Records an event of the host itself. */
  note(name: string, level: Level, detail: Detail, step: number | null = null): void {
    this.#put(writeEvent({ name, level, detail, step }));
  }

  /** Sets the run's state, in order with its rows. */
  state(state: RunState, because: PauseCause | null = null): void {
    this.#put(plain((db, run) => setState(db, run, state, because)));
  }

  artifact(artifact: Artifact): void {
    this.#put(plain((db, run, _, at) => upsertArtifact(db, run, artifact, at)));
  }

  /** Performs any other write, in order with the rows. */
  write(write: (db: WritableDb, run: number) => void): void {
    this.#put(plain(write));
  }

  /** Writes the waiting rows. Returns false if the store cannot be written now; it retries automatically. */
  flush(within: typeof inTransaction = inTransaction): boolean {
    this.close();
    if (this.#waiting.length === 0 || this.#isBroken) return true;
    const batch = this.#waiting;
    let mismatches: readonly Mismatch[];
    try {
      mismatches = within(this.#options.db, () => batch.flatMap((write) => write()));
    } catch (error) {
      this.#block(error);
      return this.#isBroken;
    }
    this.#waiting = [];
    if (this.#isBlocked) this.#options.onBlocked(null);
    this.#isBlocked = false;
    this.#options.onChange();
    this.#noteMismatches(mismatches);
    return true;
  }

  hasWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  /** Stops the timer; waiting rows stay unwritten until the next flush. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #put(write: Write): void {
    if (this.#isBroken) return;
    const { db, run, now } = this.#options;
    this.#sequence += 1;
    const [sequence, at] = [this.#sequence, now()];
    this.#waiting.push(() => write(db, run, sequence, at));
    if (this.#waiting.length >= BATCH_EVENTS && !this.#isBlocked) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), BATCH_MILLISECONDS);
  }

  #block(error: unknown): void {
    if (!isWaitable(error)) {
      this.#break(error);
      return;
    }
    if (!this.#isBlocked) this.#options.onBlocked(error as Error);
    this.#isBlocked = true;
    this.#timer = setTimeout(() => this.flush(), RETRY_MILLISECONDS);
  }

  #break(error: unknown): void {
    if (!this.#isBroken) this.#options.onBroken(error);
    this.#isBroken = true;
    this.#waiting = [];
  }

  #noteMismatches(mismatches: readonly Mismatch[]): void {
    for (const { key, step, stored, computed } of mismatches.filter((one) => isRepeatable(one.key))) {
      this.#mismatchesTold += 1;
      if (this.#mismatchesTold > MISMATCHES_TOLD) return;
      this.note('resume_mismatch', 'warning', { key, stored, computed }, step);
    }
  }
}
