import type { ConfigDifference } from '#contract/api/runs/studies.ts';
import { RECIPE_NAMES, resolveRecipeConfig } from '#contract/config/index.ts';
import type { Config } from './compared-run.ts';

/** Told elsewhere, or different by nature. */
const LEFT_OUT = new Set(['name', 'version']);

function isGroup(value: unknown): value is Config {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Every value of a config by its path; a list is one value. */
function flatten(config: Config, at = ''): readonly (readonly [string, unknown])[] {
  return Object.entries(config).flatMap(([key, value]) => {
    const path = at ? `${at}.${key}` : key;
    return isGroup(value) && Object.keys(value).length > 0 ? flatten(value, path) : [[path, value] as const];
  });
}

function changedPaths(config: Config): readonly string[] {
  if (!RECIPE_NAMES.some((name) => name === config.recipe)) return [];
  return resolveRecipeConfig(config).changed.map(({ path }) => path);
}

/** The fields that are not the same in all configs, in the order of the first config that has them. */
export function configDifferences(configs: readonly Config[]): ConfigDifference[] {
  const values = configs.map((config) => new Map(flatten(config)));
  const changed = configs.map(changedPaths);
  const paths = [...new Set(values.flatMap((map) => [...map.keys()]))].filter((path) => !LEFT_OUT.has(path));
  return paths
    .filter((path) => new Set(values.map((map) => (map.has(path) ? JSON.stringify(map.get(path)) : ''))).size > 1)
    .map((path) => ({
      path,
      values: values.map((map, index) => {
        if (!map.has(path)) return null;
        const isChanged = changed[index]!.some((each) => path === each || path.startsWith(`${each}.`));
        return { value: map.get(path), isChanged };
      }),
    }));
}
