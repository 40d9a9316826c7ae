import type { ModelConfig } from '../../model/config/model-config.ts';
import { unsupportedGguf } from '../bad-gguf.ts';
import type { GgufFacts } from '../facts.ts';
import type { MetadataEntry } from './gguf-family.ts';

const PATTERN = 'attention.sliding_window_pattern';

/**
 * `layer_types` of a file whose architecture has sliding windows: for each layer, or full attention in every n-th one.
 * @param period the n of an architecture whose files do not tell it.
 */
export function layerTypesOf(facts: GgufFacts, period: number): string[] {
  const layers = facts.requireNumber('.block_count');
  const value = facts.value(`.${PATTERN}`);
  const given = Array.isArray(value) ? facts.flags(`.${PATTERN}`) : null;
  const every = given ? period : facts.number(`.${PATTERN}`, period);
  const slides = (layer: number) => given?.[layer] ?? (every === 0 || (layer + 1) % every !== 0);
  return Array.from({ length: layers }, (_, layer) => (slides(layer) ? 'sliding_attention' : 'full_attention'));
}

/**
 * Length and period of a model's sliding windows: full attention in every n-th layer, 0 for windows in all layers. None
 * for a model without windows.
 */
export function windowEntries({ windows }: ModelConfig): MetadataEntry[] {
  const window = windows.find((one) => one !== null) ?? null;
  if (window === null) return [];
  const first = windows.indexOf(null) + 1;
  if (windows.some((one, layer) => (one === null) !== (first > 0 && (layer + 1) % first === 0))) {
    const why = 'llama.cpp runs this family with full attention in every n-th layer, counted from 1, and in no other.';
    throw unsupportedGguf('config.json: layer_types', why, 'Export as hf.');
  }
  return [
    ['attention.sliding_window', 'uint32', window],
    [PATTERN, 'uint32', first],
  ];
}
