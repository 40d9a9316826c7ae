import { setTimeout as pause } from 'node:timers/promises';
import { KeelError } from '#contract/errors.ts';

const RETRY_MILLISECONDS = 500;

/**
 * Commands to a job, in order. Each is a small package in the control store; the driver looks for them several times a
 * second and removes them. What cannot be delivered now is delivered when the cluster answers again.
 */
export class Outbox {
  readonly #put: (name: string, body: Buffer) => Promise<unknown>;
  readonly #signal: AbortSignal;
  #isOpen = false;
  #opened: (submission: string) => void = () => undefined;
  #last: Promise<unknown>;
  #count = 0;
  #submission = '';

  constructor(put: (name: string, body: Buffer) => Promise<unknown>, signal: AbortSignal) {
    this.#put = put;
    this.#signal = signal;
    this.#last = new Promise<string>((resolve) => {
      this.#opened = resolve;
    });
  }

  /** Names the job; commands posted before wait for it. */
  open(submission: string): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    this.#submission = submission;
    this.#opened(submission);
  }

  post(text: string): void {
    this.#last = this.#last.then(() => this.#deliver(Buffer.from(text)));
  }

  async #deliver(body: Buffer): Promise<void> {
    this.#count += 1;
    // Names sort in the order of posting, also after those of a desktop that had the job before.
    const name = `keel-box-${this.#submission}-${String(Date.now()).padStart(15, '0')}-${String(this.#count).padStart(6, '0')}`;
    while (!this.#signal.aborted) {
      try {
        await this.#put(name, body);
        return;
      } catch (error) {
        // Any other refusal concerns every call, and ends the engine where its job is followed.
        if (!(error instanceof KeelError) || error.code !== 'cluster_unreachable') return;
        await pause(RETRY_MILLISECONDS);
      }
    }
  }
}
