/** JSON that keeps NaN and the infinities, for which JSON has no word and writes null. */
export function writeExactJson(value: unknown, indent?: number): string {
  return JSON.stringify(
    value,
    (_key, item: unknown) => (typeof item === 'number' && !Number.isFinite(item) ? { $number: String(item) } : item),
    indent,
  );
}

/** Reads what {@link writeExactJson} wrote, and any other JSON; every finite number comes back bit for bit. */
export function readExactJson(text: string): unknown {
  return JSON.parse(text, (_key, item: unknown) =>
    typeof item === 'object' && item !== null && '$number' in item ? Number(item.$number) : item,
  );
}
