import { stringify } from 'yaml';
import type { Detail } from '#contract/api/runs/run-records.ts';
import { resolveConfig } from '#contract/config/index.ts';

export interface ConfigLine {
  readonly text: string;
  /** The preset's value where the config has another one, else null. */
  readonly preset: string | null;
}

/** What differs from its preset, by the path of the field. */
function changedValues(config: Detail): ReadonlyMap<string, string> {
  try {
    return new Map(
      resolveConfig(config).changed.map(({ path, preset }) => [path, JSON.stringify(preset) ?? 'nothing']),
    );
  } catch {
    // A config of another version of Keel still shows, only without marks.
    return new Map();
  }
}

const LINE = /^(\s*)([^\s:#-][^:]*):/;

/** A config as YAML, line by line, with what its preset says where it differs. */
export function configLines(config: Detail): readonly ConfigLine[] {
  const changed = changedValues(config);
  const path: string[] = [];
  return stringify(config, { lineWidth: 0 })
    .trimEnd()
    .split('\n')
    .map((text) => {
      const [, indent = '', key = ''] = LINE.exec(text) ?? [];
      if (!key) return { text, preset: null };
      path.splice(indent.length / 2, path.length, key);
      return { text, preset: changed.get(path.join('.')) ?? null };
    });
}
