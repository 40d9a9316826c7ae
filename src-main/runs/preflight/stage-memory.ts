import type { LargestSize, MemoryForecast, MemorySize } from '#contract/api/runs/preflight.ts';
import type { Measurement } from '#contract/api/runs/preflight-measurement.ts';
import { divisors, type Lever, type Levers, largerSizes } from './batch-levers.ts';
import { memoryParts } from './forecast.ts';
import { at, firstThatFits, fitLine, fixedBytes, type MemoryLine, type PassKind, peakOf, sum } from './memory-lines.ts';
import type { TrialSize } from './run-trial.ts';

/** Usable share of the available memory; the rest is left for other programs. */
const USABLE_SHARE = 0.9;

export interface Trialed {
  readonly size: TrialSize;
  readonly measured: Measurement;
}

/** Rows per pass of a kind in a trial. */
export function rowsOf({ batch, chunk }: Levers, size: TrialSize, kind: PassKind): number {
  if (kind === 'chunk') return size.chunk ?? chunk?.rows ?? 1;
  return size.microBatch ?? size.batch ?? batch.rows;
}

/** Memory as a function of rows for each kind of pass, from all trials so far. */
export function linesOf(levers: Levers, trials: readonly Trialed[]): Readonly<Record<PassKind, MemoryLine>> {
  const fixed = Math.max(...trials.map(({ measured }) => fixedBytes(measured)));
  const line = (kind: PassKind): MemoryLine => {
    const points = trials.flatMap(({ size, measured }) => {
      const peakBytes = peakOf(measured, kind);
      return peakBytes === null ? [] : [{ rows: rowsOf(levers, size, kind), peakBytes }];
    });
    return points.length === 0
      ? { fixed, bytesPerRow: 0 }
      : fitLine(
          points.sort((a, b) => a.rows - b.rows),
          fixed,
        );
  };
  return { batch: line('batch'), chunk: line('chunk') };
}

/** The config's own size, or a reduced size that fits. */
export interface SafeSize {
  readonly size: TrialSize;
  readonly peakBytes: number;
  /** Rows of a micro-batch that fits if the whole batch does not; null if it does. */
  readonly microBatch: number | null;
  /** False if not even single rows would fit. */
  readonly fits: boolean;
}

/** The largest size that is safe to try after a small trial. */
export function safeSize(levers: Levers, trials: readonly Trialed[], limitBytes: number): SafeSize {
  const usable = limitBytes * USABLE_SHARE;
  const lines = linesOf(levers, trials);
  const { batch, chunk, microBatch } = levers;
  const pass = microBatch ?? batch.rows;
  const peakBytes = Math.max(at(lines.batch, pass), chunk ? at(lines.chunk, chunk.rows) : 0);
  const rows = firstThatFits(
    lines.batch,
    divisors(batch.rows).filter((size) => size <= pass),
    usable,
  );
  const prompts = chunk ? firstThatFits(lines.chunk, divisors(chunk.rows), usable) : null;
  const smaller = rows !== null && rows < pass ? rows : null;
  return {
    size: { batch: null, chunk: prompts === chunk?.rows ? null : prompts, microBatch: smaller ?? microBatch },
    peakBytes,
    microBatch: smaller,
    fits: rows !== null && (chunk === null || prompts !== null),
  };
}

/** The largest values of the levers that should fit, or null if none are larger than the configured ones. */
export function largestSize(levers: Levers, trials: readonly Trialed[], limitBytes: number): TrialSize | null {
  const usable = limitBytes * USABLE_SHARE;
  const lines = linesOf(levers, trials);
  const largest = (lever: Lever, line: MemoryLine) => firstThatFits(line, largerSizes(lever), usable) ?? lever.rows;
  const batch = largest(levers.batch, lines.batch);
  const chunk = levers.chunk ? largest(levers.chunk, lines.chunk) : null;
  if (batch <= levers.batch.rows && (chunk ?? 0) <= (levers.chunk?.rows ?? 0)) return null;
  return { batch, chunk, microBatch: null };
}

/** The result for each lever, taken from a trial at these sizes if there was one. */
export function largestRows(
  levers: Levers,
  trials: readonly Trialed[],
  size: TrialSize,
  confirmed: Measurement | null,
): LargestSize[] {
  const lines = linesOf(levers, trials);
  const entry = (lever: Lever, kind: PassKind, rows: number): LargestSize => ({
    field: lever.field,
    configured: lever.rows,
    rows,
    peakBytes: (confirmed && peakOf(confirmed, kind)) ?? at(lines[kind], rows),
    confirmed: confirmed !== null,
  });
  const { batch, chunk } = levers;
  const ofBatch = entry(batch, 'batch', size.batch ?? batch.rows);
  return chunk ? [ofBatch, entry(chunk, 'chunk', size.chunk ?? chunk.rows)] : [ofBatch];
}

function sizes(levers: Levers, trials: readonly Trialed[]): MemorySize[] {
  const ofLever = (lever: Lever | null, kind: PassKind) =>
    lever === null
      ? []
      : trials.flatMap(({ size, measured }): MemorySize[] => {
          const peakBytes = peakOf(measured, kind);
          if (peakBytes === null) return [];
          return [{ field: lever.field, rows: rowsOf(levers, size, kind), peakBytes, source: 'measured' }];
        });
  return [...ofLever(levers.batch, 'batch'), ...ofLever(levers.chunk, 'chunk')];
}

/** Peak memory of the run as configured, measured or extrapolated from smaller sizes. */
export function forecastMemory(
  levers: Levers,
  trials: readonly Trialed[],
  asConfigured: Measurement | null,
  limitBytes: number,
): MemoryForecast {
  const last = asConfigured ?? trials.at(-1)!.measured;
  const lines = linesOf(levers, trials);
  const pass = levers.microBatch ?? levers.batch.rows;
  const drawnOut = Math.max(at(lines.batch, pass), levers.chunk ? at(lines.chunk, levers.chunk.rows) : 0);
  const peakBytes = asConfigured?.peakBytes ?? drawnOut;
  return {
    peakBytes,
    source: asConfigured ? 'measured' : 'extrapolated',
    limitBytes,
    fits: peakBytes <= limitBytes,
    parts: memoryParts(last, peakBytes),
    deviceBytes: last.device.device === 'gpu' ? sum(Object.values(last.variables)) : null,
    sizes: sizes(levers, trials),
  };
}
