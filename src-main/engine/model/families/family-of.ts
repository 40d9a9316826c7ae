import type { FamilyName } from '../config/model-config.ts';
import type { Family } from './family.ts';
import { gptNeox } from './gpt-neox.ts';
import { gpt2 } from './gpt2.ts';
import { llama } from './llama.ts';

const FAMILIES: Readonly<Record<FamilyName, Family>> = {
  gpt2,
  gpt_neox: gptNeox,
  llama,
  mistral: llama,
  qwen2: llama,
  qwen3: llama,
};

/** The network for a config's family. */
export function familyOf(name: FamilyName): Family {
  return FAMILIES[name];
}
