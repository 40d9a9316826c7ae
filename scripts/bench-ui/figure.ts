/** One line of the report: smaller is better. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly limit: number;
  readonly unit: string;
}

/** The value below which a share of sorted numbers lies. */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

export function isWithin({ value, limit }: Figure): boolean {
  return value <= limit;
}

/** The report as a table of text. */
export function renderFigures(figures: readonly Figure[]): string {
  const width = Math.max(...figures.map(({ name }) => name.length));
  const rows = figures.map((figure) => {
    const { name, value, limit, unit } = figure;
    const digits = value < 100 && !Number.isInteger(value) ? 1 : 0;
    return `${name.padEnd(width)}  ${value.toFixed(digits).padStart(8)}  ${String(limit).padStart(8)}  ${unit.padEnd(6)} ${isWithin(figure) ? 'ok' : 'OVER'}`;
  });
  return [`${''.padEnd(width)}  ${'measured'.padStart(8)}  ${'limit'.padStart(8)}`, ...rows].join('\n');
}
