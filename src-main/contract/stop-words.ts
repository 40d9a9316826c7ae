import type { StopOrigin } from './model-files.ts';

const PLACES: Readonly<Record<StopOrigin, string>> = {
  tokenizer: 'tokenizer',
  config: 'config.json',
  generation_config: 'generation_config.json',
  chat_template: 'chat template',
};

/** Where a stop token comes from, as shells show it. */
export function originWords(origins: readonly StopOrigin[]): string {
  return origins.map((origin) => PLACES[origin]).join(', ');
}
