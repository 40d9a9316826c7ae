import type { StartRequest } from '#contract/api/runs.ts';
import { parseConfigText, resolveConfig } from '#contract/config/index.ts';
import { REFERENCE } from '#contract/ids.ts';
import { configTexts } from '../runs/references.ts';
import type { PathAccess } from './path-access.ts';

/** Fields of a config whose text is a file or a folder, whatever group they stand in. */
export const PATH_FIELDS: ReadonlySet<string> = new Set([
  'corpus',
  'files',
  'held_out_files',
  'init',
  'model',
  'reference',
]);

const fieldOf = (path: string) =>
  path
    .split('.')
    .filter((part) => !/^\d+$/.test(part))
    .at(-1) ?? '';

/** Refuses a run that would read what its caller may not. Throws `path_forbidden` and what resolving the config throws. */
export function requireConfigPaths(paths: PathAccess, { config, overrides, baseFolder }: StartRequest): void {
  if (paths.roots === null) return;
  paths.read(baseFolder, '.');
  const { file } = resolveConfig(parseConfigText(config, 'The config'), overrides ?? []);
  for (const { path, text } of configTexts(file)) {
    if (PATH_FIELDS.has(fieldOf(path)) && !REFERENCE.test(text)) paths.read(baseFolder, text);
  }
}
