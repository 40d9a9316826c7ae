import { isWholeFloat } from './readers/json-floats.ts';

/** An error within one row; caught in `to-record.ts`, so it never leaves this folder. */
export class RowTrouble extends Error {
  readonly reason: string;

  constructor(reason: string, why: string) {
    super(why);
    this.reason = reason;
  }
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isWholeFloat(value);
}
