import type { PauseCause } from '#contract/api/runs/run-doctor.ts';
import { diskRoom, isDiskFull, waitingForDisk } from '../../disk/disk-full.ts';

/** What a run writes to its folder. */
export interface DiskWrite {
  readonly path: string;
  readonly neededBytes: number;
}

/** A write that may be put off to the next boundary. */
export interface PutOff extends DiskWrite {
  readonly write: () => void;
  /** Called in its place when the run is to stop first. */
  readonly giveUp: () => void;
}

export type DiskReport =
  | { readonly kind: 'paused'; readonly step: number; readonly cause: PauseCause }
  | { readonly kind: 'resumed'; readonly step: number };

const RETRY_MILLISECONDS = 2000;

/** Keeps a run alive on a full disk: it waits, says what has to be freed, and goes on by itself. */
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
   * @param step the step that the run has reached.
   * @param mayWait false for work that nobody watches: a full disk is then an error.
   */
  constructor(tell: (report: DiskReport) => void, step: () => number, mayWait: boolean) {
    this.#tell = tell;
    this.#step = step;
    this.#mayWait = mayWait;
  }

  /** Writes now; where the disk is full, the next {@link settle} tries again. */
  attempt(write: PutOff): void {
    try {
      write.write();
    } catch (error) {
      if (!this.#mayWait || !isDiskFull(error)) throw error;
      if (this.#isStopping) write.giveUp();
      else this.#putOff = write;
    }
  }

  /** Waits until what was put off is written, or the run is to stop. */
  async settle(): Promise<void> {
    const write = this.#putOff;
    this.#putOff = null;
    if (!write) return;
    await this.untilWritten(write, write.write).catch((error: unknown) => {
      if (!isDiskFull(error)) throw error;
      write.giveUp();
    });
  }

  /** Writes, however long the disk takes to get room. Throws the disk's error once the run is to stop. */
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

  /** A run that is to stop waits no longer: for one that waits, and for one that shall not begin to. */
  stop(waits: boolean): void {
    if (this.#isWaiting || !waits) this.#isStopping = true;
  }

  /** Something has happened: the disk is looked at again. */
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
