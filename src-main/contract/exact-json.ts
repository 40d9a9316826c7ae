/** Writes JSON that preserves NaN and infinities, which plain JSON would write as null. */
export function writeExactJson(value: unknown, indent?: number): string {
  return JSON.stringify(
    value,
    (_key, item: unknown) => (typeof item === 'number' && !Number.isFinite(item) ? { $number: String(item) } : item),
    indent,
  );
}

/** Reads the output of {@link writeExactJson} or any other JSON; finite numbers are restored bit for bit. */
export function readExactJson(text: string): unknown {
  return JSON.parse(text, (_key, item: unknown) =>
    typeof item === 'object' && item !== null && '$number' in item ? Number(item.$number) : item,
  );
}
