import type { AdapterFacts } from '#contract/api/library/model-library.ts';
import { formatCount } from '#contract/format.ts';
import { formatNumber, formatSize } from './format-number.ts';

/** An adapter in a few words, for a list: `LoRA r 16`. */
export function adapterLabel({ r }: Pick<AdapterFacts, 'r'>): string {
  return `LoRA r ${r}`;
}

/** Everything that an adapter's folder says of it, as pairs for a list of facts. */
export function adapterPairs(adapter: AdapterFacts): readonly (readonly [name: string, value: string])[] {
  return [
    ['Rank r', formatNumber(adapter.r)],
    ['Alpha', formatNumber(adapter.lora_alpha)],
    ['Layers', adapter.target_modules.join(', ')],
    ['Parameters', formatCount(adapter.parameters)],
    ['Adapter on disk', formatSize(adapter.bytes)],
    ['Base on disk', adapter.base === null ? 'not on this machine' : formatSize(adapter.base_bytes)],
    ...(adapter.base === null ? [] : ([['Base', adapter.base]] as const)),
  ];
}

/** The same as a hint: one fact per line. */
export function adapterHint(adapter: AdapterFacts): string {
  return adapterPairs(adapter)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n');
}
