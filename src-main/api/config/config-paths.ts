import type { Detail } from '#contract/api/runs/run-records.ts';
import type { StartRequest } from '#contract/api/runs/runs.ts';
import { parseConfigText, resolveDespiteFaults } from '#contract/config/index.ts';
import { fieldOf, PATH_FIELDS } from '#contract/config/path-fields.ts';
import { REFERENCE } from '#contract/ids.ts';
import { configTexts } from '../../runs/host/artifact-references.ts';
import type { RunHost } from '../../runs/host/run-host.ts';
import { readConfig } from '../../store/queries/runs.ts';
import type { PathAccess } from '../path-access.ts';

/** Throws `path_forbidden` if a caller may not read a file that a config names. */
export function requirePaths(paths: PathAccess, baseFolder: string, config: Detail): void {
  paths.read(baseFolder, '.');
  for (const { path, text } of configTexts(config)) {
    if (PATH_FIELDS.has(fieldOf(path)) && !REFERENCE.test(text)) paths.read(baseFolder, text);
  }
}

/**
 * Refuses a run that would read files its caller may not read. Throws `path_forbidden`, `config_unreadable`. Of a faulty
 * config, what can be resolved is checked: nothing else will be read.
 */
export function requireConfigPaths(paths: PathAccess, { config, overrides, baseFolder }: StartRequest): void {
  if (paths.roots === null) return;
  const { resolved } = resolveDespiteFaults(parseConfigText(config, 'The config'), overrides ?? []);
  if (resolved) requirePaths(paths, baseFolder, resolved.file);
}

/**
 * The same check for an existing run that is to be resumed or repeated: it may have come from a backup made by someone
 * else. Throws `path_forbidden`, `run_unknown`.
 */
export function requireRunPaths(paths: PathAccess, host: RunHost, wanted: string): void {
  if (paths.roots === null) return;
  const run = host.find(wanted);
  requirePaths(paths, run.baseFolder, readConfig(host.setup.store.read, run.number).resolved);
}
