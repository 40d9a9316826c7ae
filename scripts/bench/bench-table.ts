import { type BenchReport, median } from '../../src-main/engine/jobs/bench/bench-report.ts';
import { type PairedReport, PHASES } from './run-pairs.ts';

export interface MeasuredShape {
  readonly name: string;
  readonly keel: readonly BenchReport[];
  /** Absent when there is no baseline to run beside. */
  readonly beside?: PairedReport | undefined;
}

function row({ name, keel, beside }: MeasuredShape): readonly string[] {
  const seconds = (pick: (one: BenchReport) => number) => median(keel.map(pick)).toFixed(2);
  const fraction = median(keel.map((one) => one.update_matmul_fraction));
  const gigabytes = (median(keel.map((one) => one.peak_bytes)) / 1e9).toFixed(2);
  const ratios = [beside?.ratio, ...PHASES.map((phase) => beside?.phases[phase]), beside?.peak_bytes];
  return [
    name,
    seconds((one) => one.iteration_seconds),
    ...PHASES.map((phase) => seconds((one) => one.seconds[phase])),
    fraction.toFixed(2),
    gigabytes,
    ...ratios.map((value) => value?.toFixed(2) ?? '–'),
  ];
}

const HEAD = ['shape', 'iteration s', ...PHASES.map((phase) => `${phase} s`), 'of matmul rate', 'peak GB'];
const RATIOS = ['iteration', ...PHASES, 'peak'].map((what) => `${what} ratio`);

/** The table in Markdown: medians of Keel's figures, then those of its ratios to the baseline. */
export function renderTable(shapes: readonly MeasuredShape[]): string {
  const rows = [[...HEAD, ...RATIOS], ...shapes.map(row)];
  const widths = rows[0]!.map((_, at) => Math.max(...rows.map((cells) => cells[at]!.length)));
  const line = (cells: readonly string[]) => `| ${cells.map((cell, at) => cell.padEnd(widths[at]!)).join(' | ')} |`;
  const [head, ...body] = rows.map(line);
  return [head, line(widths.map((width) => '-'.repeat(width))), ...body].join('\n');
}
