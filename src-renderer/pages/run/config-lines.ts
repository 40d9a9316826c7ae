import { stringify } from 'yaml';
import type { Detail } from '#contract/api/runs/run-records.ts';
import { resolveConfig } from '#contract/config/index.ts';

export interface ConfigLine {
  readonly text: string;
  /** The preset's value if the config's differs, otherwise null. */
  readonly preset: string | null;
}

/** Preset values of the fields that differ from the preset, by field path. */
function changedValues(config: Detail): ReadonlyMap<string, string> {
  try {
    return new Map(
      resolveConfig(config).changed.map(({ path, preset }) => [path, JSON.stringify(preset) ?? 'nothing']),
    );
  } catch {
    // A config from another version of Keel is still shown, but without marks.
    return new Map();
  }
}

const LINE = /^(\s*)([^\s:#-][^:]*):/;

/** A config as YAML lines, with the preset's value where it differs. */
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
