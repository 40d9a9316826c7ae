import { type Document, isCollection, isMap, parseDocument } from 'yaml';
import { type Fault, KeelError } from '../errors.ts';
import { modelInitPreset } from './groups/model-init.ts';
import { isPlain, type Plain, PRESET_NAMES, type PresetName, presetSources, presetValues } from './preset.ts';
import { isRecipeName, recipeOf } from './recipes.ts';
import { parseConfigText } from './resolving/config-text.ts';
import { mergePreset, unsafeKeys } from './resolving/merge-preset.ts';
import { type ResolvedConfig, resolveConfig } from './resolving/resolve-config.ts';

/** A config that is being written: its text, the values parsed from it so far, and every problem found in it. */
export interface ConfigDraft {
  readonly text: string;
  /** The values in the text; null if it is neither YAML nor JSON. */
  readonly raw: Plain | null;
  readonly resolved: ResolvedConfig | null;
  readonly faults: readonly Fault[];
}

/** Reads a text as {@link resolveConfig} would, but reports problems instead of throwing them. */
export function readDraft(text: string): ConfigDraft {
  let raw: unknown = null;
  try {
    raw = parseConfigText(text, 'The config');
    return { text, raw: isPlain(raw) ? raw : null, resolved: resolveConfig(raw), faults: [] };
  } catch (error) {
    if (!(error instanceof KeelError)) throw error;
    const isSafe = isPlain(raw) && unsafeKeys(raw).length === 0;
    const faults = error.faults ?? [{ where: 'text', why: error.why, fix: error.fix }];
    return { text, raw: isSafe ? (raw as Plain) : null, resolved: null, faults };
  }
}

/** The values of a preset for a recipe (or for the shape of a new model), and the source of each value. */
export function presetOf(recipe: unknown, preset: unknown): { readonly values: Plain; readonly sources: Plain } {
  if (recipe === 'model_init') {
    return { values: presetValues(modelInitPreset), sources: presetSources(modelInitPreset) };
  }
  if (!isRecipeName(recipe)) return { values: {}, sources: {} };
  const name = PRESET_NAMES.includes(preset as PresetName) ? (preset as PresetName) : 'keel';
  const chosen = recipeOf(recipe).presets[name];
  return { values: presetValues(chosen), sources: presetSources(chosen) };
}

/** The preset's values, overridden by the given ones. */
export function filledUp(values: Plain, raw: Plain): Plain {
  return mergePreset(values, raw);
}

/** Removes groups that have become empty, starting with the innermost. */
function prune(document: Document, path: readonly (string | number)[]): void {
  for (let length = path.length - 1; length > 0; length--) {
    const parent = document.getIn(path.slice(0, length));
    if (!isCollection(parent) || parent.items.length > 0 || parent.commentBefore || parent.comment) return;
    document.deleteIn(path.slice(0, length));
  }
}

/**
 * Returns the text with one value changed; everything else, including comments, stays as it was.
 * @param value undefined removes the field, and any groups that become empty.
 */
export function setInText(text: string, path: readonly (string | number)[], value: unknown): string {
  const document = parseDocument(text);
  if (document.errors.length > 0) return text;
  if (!isMap(document.contents)) document.contents = document.createNode({}) as never;
  if (value === undefined) {
    if (document.hasIn(path)) document.deleteIn(path);
    prune(document, path);
  } else {
    // A group that is written as null, or as another type of value, is replaced by the required group.
    for (let length = 1; length < path.length; length++) {
      const parent = path.slice(0, length);
      if (!isCollection(document.getIn(parent))) {
        document.setIn(parent, document.createNode(typeof path[length] === 'number' ? [] : {}));
      }
    }
    // A plain value is set on the existing node, which keeps the comment after it.
    document.setIn(path, typeof value === 'object' && value !== null ? document.createNode(value) : value);
  }
  const isFlow = isMap(document.contents) && document.contents.items.length === 0;
  if (isFlow && !document.commentBefore) return '';
  return document.toString({ lineWidth: 120, flowCollectionPadding: /[[{] /.test(text) });
}
