/** Config fields whose value is the path of a file or folder, in any group. */
export const PATH_FIELDS: ReadonlySet<string> = new Set([
  'corpus',
  'files',
  'held_out_files',
  'init',
  'model',
  'reference',
]);

/** Name of the field that a path in a config leads to: `files` for `data.files.0`. */
export function fieldOf(path: string): string {
  const names = path.split('.').filter((part) => !/^\d+$/.test(part));
  return names.at(-1) ?? '';
}
