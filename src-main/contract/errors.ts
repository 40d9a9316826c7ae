/**
 * Errors that cross a boundary (engine process, store, API, shell). Each has a stable `code`, a `why` that a user
 * understands (with the file, line, tensor, or field), and a `fix`, the next thing to do. Any other Error is a bug.
 */
export type KeelErrorKind = 'expected' | 'canceled';

export interface KeelErrorShape {
  readonly code: string;
  readonly why: string;
  readonly fix: string;
  readonly kind: KeelErrorKind;
  /** Every single problem, if one error reports several (a config, a dataset, a model folder). */
  readonly faults?: readonly Fault[];
}

/** One of several problems: where it is (field path, line, tensor name), what is wrong, and how to fix it. */
export interface Fault {
  readonly where: string;
  readonly why: string;
  readonly fix?: string;
  /** Stable name of the kind of problem, where the error's own code does not already say it. */
  readonly code?: string;
}

/** What a fault says about a required field that has no value. */
export const IS_MISSING = 'is missing';

/** Whether a field has no value, rather than a wrong one. */
export const isMissing = ({ why }: Fault): boolean => why === IS_MISSING;

export class KeelError extends Error implements KeelErrorShape {
  readonly code: string;
  readonly why: string;
  readonly fix: string;
  readonly kind: KeelErrorKind;
  readonly faults?: readonly Fault[];

  constructor(shape: Omit<KeelErrorShape, 'kind'> & { kind?: KeelErrorKind; cause?: unknown }) {
    super(`${shape.why} ${shape.fix}`.trim(), { cause: shape.cause });
    this.name = 'KeelError';
    this.code = shape.code;
    this.why = shape.why;
    this.fix = shape.fix;
    this.kind = shape.kind ?? 'expected';
    if (shape.faults) this.faults = shape.faults;
  }

  /** The plain object that crosses a process boundary. */
  toShape(): KeelErrorShape {
    const { code, why, fix, kind, faults } = this;
    return faults ? { code, why, fix, kind, faults } : { code, why, fix, kind };
  }

  /** Rebuilds an error from the plain object that crossed a process boundary. */
  static from(shape: KeelErrorShape): KeelError {
    return new KeelError(shape);
  }
}

/** True for a plain object returned by {@link KeelError.toShape}. */
export function isKeelErrorShape(value: unknown): value is KeelErrorShape {
  return (
    typeof value === 'object' &&
    value !== null &&
    'code' in value &&
    'why' in value &&
    'fix' in value &&
    'kind' in value
  );
}

/** The user stopped the work; nothing failed. */
export function canceled(why: string): KeelError {
  return new KeelError({ code: 'canceled', why, fix: '', kind: 'canceled' });
}
