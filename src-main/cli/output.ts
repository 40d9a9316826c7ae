/** Formats rows of cells as aligned text. */
export function columns(rows: readonly (readonly string[])[]): string {
  const count = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: count }, (_, index) => Math.max(...rows.map((row) => (row[index] ?? '').length)));
  const padded = (row: readonly string[]) => row.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join('  ');
  return rows.map((row) => padded(row).trimEnd()).join('\n');
}

/** One JSON line; numbers that JSON cannot represent become the texts `NaN`, `Infinity`, and `-Infinity`. */
export function jsonLine(value: unknown, indent?: number): string {
  return JSON.stringify(
    value,
    (_, inner) => (typeof inner === 'number' && !Number.isFinite(inner) ? String(inner) : inner),
    indent,
  );
}
