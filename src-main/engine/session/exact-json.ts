/** JSON that keeps NaN and the infinities, which running statistics may hold. */
export function writeExactJson(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'number' && !Number.isFinite(item) ? { $number: String(item) } : item,
  );
}

/** Reads what {@link writeExactJson} wrote; every finite number comes back bit for bit. */
export function readExactJson(text: string): unknown {
  return JSON.parse(text, (_key, item: unknown) =>
    typeof item === 'object' && item !== null && '$number' in item ? Number(item.$number) : item,
  );
}
