import type { PauseCause } from '#contract/api/runs/run-doctor.ts';
import { diskRoom, isDiskFull, waitingForDisk } from '../../disk/disk-full.ts';

/** What a run writes to its folder. */
export interface DiskWrite {
  readonly path: string;
  readonly neededBytes: number;
}

/** A write that may be postponed to the next boundary. */
export interface PutOff extends DiskWrite {
  readonly write: () => void;
  /** Called instead of the write if the run is stopped first. */
  readonly giveUp: () => void;
}

export type DiskReport =
  | { readonly kind: 'paused'; readonly step: number; readonly cause: PauseCause }
  | { readonly kind: 'resumed'; readonly step: number };

const RETRY_MILLISECONDS = 2000;

/**
 * Keeps a run alive while the disk is full: the run waits, reports how much must be freed, and continues on its own.
 */
export class DiskWaits {
  readonly #tell: (report: DiskReport) => void;
  readonly #step: () => number;
  readonly #mayWait: boolean;
  #isWaiting = false;
  #isStopping = false;
  #told = '';
  #wake: () => void = () => undefined;
  #putOff: PutOff | null = null;

  /**
   * @param step the current step of the run.
   * @param mayWait false for unattended work: a full disk is then an error.
   */
  constructor(tell: (report: DiskReport) => void, step: () => number, mayWait: boolean) {
    this.#tell = tell;
    this.#step = step;
    this.#mayWait = mayWait;
  }

  /** Writes now; if the disk is full, the next {@link settle} retries. */
  attempt(write: PutOff): void {
    try {
      write.write();
    } catch (error) {
      if (!this.#mayWait || !isDiskFull(error)) throw error;
      if (this.#isStopping) write.giveUp();
      else this.#putOff = write;
    }
  }

  /** Waits until postponed writes are done, or the run is stopped. */
  async settle(): Promise<void> {
    const write = this.#putOff;
    this.#putOff = null;
    if (!write) return;
    await this.untilWritten(write, write.write).catch((error: unknown) => {
      if (!isDiskFull(error)) throw error;
      write.giveUp();
    });
  }

  /** Writes, however long the disk takes to have room. Throws the disk's error once the run is being stopped. */
  async untilWritten<Result>(at: DiskWrite, write: () => Promise<Result> | Result): Promise<Result> {
    for (;;) {
      try {
        const result = await write();
        this.#endWait();
        return result;
      } catch (error) {
        if (!this.#mayWait || this.#isStopping || !isDiskFull(error)) {
          this.#endWait();
          throw error;
        }
        this.#tellWaiting(at);
        await this.#pause();
      }
    }
  }

  /** Ends the waiting of a run that is being stopped, or keeps it from starting to wait. */
  stop(waits: boolean): void {
    if (this.#isWaiting || !waits) this.#isStopping = true;
  }

  /** Checks the disk again after an event. */
  wake(): void {
    this.#wake();
  }

  #tellWaiting({ path, neededBytes }: DiskWrite): void {
    const why = waitingForDisk(diskRoom(path, neededBytes));
    if (why !== this.#told)
      this.#tell({ kind: 'paused', step: this.#step(), cause: { by: 'disk', why, regime: null } });
    this.#told = why;
    this.#isWaiting = true;
  }

  #endWait(): void {
    if (this.#isWaiting && !this.#isStopping) this.#tell({ kind: 'resumed', step: this.#step() });
    this.#isWaiting = false;
    this.#told = '';
  }

  async #pause(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      timer = setTimeout(resolve, RETRY_MILLISECONDS);
    });
    clearTimeout(timer);
  }
}
