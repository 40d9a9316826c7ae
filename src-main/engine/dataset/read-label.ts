/** As spreadsheets, pandas, pyarrow, and people write them, in any case: `TRUE`, `1.0`, `Yes`. */
const TRUE_LABEL = /^(?:true|t|yes|y|on|1(?:\.0*)?)$/i;
const FALSE_LABEL = /^(?:false|f|no|n|off|0(?:\.0*)?)$/i;

export const LABEL_FORMS = 'true/false, t/f, yes/no, y/n, on/off, 1/0, in any case';

/** What earlier versions read as labels. */
const FORMER: ReadonlyMap<unknown, boolean> = new Map<unknown, boolean>([
  ...([true, 1, '1', 'true', 'True'] as const).map((value) => [value, true] as const),
  ...([false, 0, '0', 'false', 'False'] as const).map((value) => [value, false] as const),
]);

/** A label as a boolean; null if it is neither true nor false. */
export function readLabel(value: unknown, asFormerly: boolean): boolean | null {
  if (asFormerly) return FORMER.get(value) ?? null;
  const text = value === null || typeof value === 'object' ? '' : String(value).trim();
  if (TRUE_LABEL.test(text)) return true;
  return FALSE_LABEL.test(text) ? false : null;
}
