/** One JSON line; numbers that JSON cannot represent become the texts `NaN`, `Infinity`, and `-Infinity`. */
export function jsonLine(value: unknown, indent?: number): string {
  return JSON.stringify(
    value,
    (_, inner) => (typeof inner === 'number' && !Number.isFinite(inner) ? String(inner) : inner),
    indent,
  );
}
