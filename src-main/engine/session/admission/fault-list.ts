import { isAbsolute, resolve } from 'node:path';
import { type Fault, KeelError } from '#contract/errors.ts';

/** A sentence as the predicate of a place: `data.files[0]: no.jsonl does not exist`. */
const withoutPeriod = (sentence: string) => sentence.replace(/\.$/, '');

/** A path as written, and in full where that is not the same. */
export function shownPath(path: string): string {
  return isAbsolute(path) ? JSON.stringify(path) : `${JSON.stringify(path)} (${resolve(path)})`;
}

/** Collects everything that is wrong with a config, where a run would stop at the first problem. */
export class FaultList {
  readonly #faults: Fault[] = [];
  readonly #notes: string[] = [];

  get faults(): readonly Fault[] {
    return this.#faults;
  }

  /** What the user should know before the start although it prevents nothing. */
  get notes(): readonly string[] {
    return this.#notes;
  }

  add(fault: Fault): void {
    const isKnown = this.#faults.some(({ where, why }) => where === fault.where && why === fault.why);
    if (!isKnown) this.#faults.push(fault);
  }

  note(text: string): void {
    if (!this.#notes.includes(text)) this.#notes.push(text);
  }

  /** Adds an error as a fault of a field. Throws anything that is not a KeelError, and a cancellation. */
  addError(where: string, error: unknown): void {
    if (!(error instanceof KeelError) || error.kind === 'canceled') throw error;
    const { code, why, fix } = error;
    this.add({ where, why: withoutPeriod(why), fix, code });
  }

  /** The result of a check, or null if it threw a KeelError, which is then a fault of the field. */
  attempt<Result>(where: string, check: () => Result): Result | null {
    try {
      return check();
    } catch (error) {
      this.addError(where, error);
      return null;
    }
  }
}
