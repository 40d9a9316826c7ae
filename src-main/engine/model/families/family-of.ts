import type { FamilyName } from '../config/model-config.ts';
import type { Family } from './family.ts';
import { gemma3 } from './gemma3.ts';
import { gptNeox } from './gpt-neox.ts';
import { gpt2 } from './gpt2.ts';
import { granite } from './granite.ts';
import { llama } from './llama.ts';
import { ministral3 } from './ministral3.ts';
import { olmo } from './olmo.ts';
import { phi3 } from './phi3.ts';
import { qwen3 } from './qwen3.ts';

const FAMILIES: Readonly<Record<FamilyName, Family>> = {
  gpt2,
  gpt_neox: gptNeox,
  llama: llama('Llama'),
  mistral: llama('Mistral'),
  qwen2: llama('Qwen2'),
  qwen3,
  smollm3: llama('SmolLM3'),
  granite,
  olmo2: olmo('Olmo2'),
  olmo3: olmo('Olmo3'),
  gemma3_text: gemma3,
  phi3,
  ministral: llama('Ministral'),
  ministral3,
};

/** The network for a config's family. */
export function familyOf(name: FamilyName): Family {
  return FAMILIES[name];
}
