import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeSafetensors } from '#engine/model/safetensors/write-safetensors.ts';
import { seededGenerator } from '#engine/runtime/host-random.ts';

const LAYER = 'gpt_neox.layers.0.attention.query_key_value';

/** Writes an adapter on a tiny model, strong enough to change its answers; `base` is relative to its folder. */
export function writeTinyAdapter(folder: string, base: string, seed: number): void {
  mkdirSync(folder);
  const config = { peft_type: 'LORA', base_model_name_or_path: base, r: 2, lora_alpha: 8, target_modules: [LAYER] };
  writeFileSync(join(folder, 'adapter_config.json'), JSON.stringify(config));
  const random = seededGenerator(seed, 'adapter');
  const tensor = (name: string, shape: readonly number[]) => {
    const values = Float32Array.from({ length: shape[0]! * shape[1]! }, () => random.integer(2001) / 1000 - 1);
    return { name: `base_model.model.${LAYER}.${name}.weight`, shape, read: () => values };
  };
  writeSafetensors(join(folder, 'adapter_model.safetensors'), [tensor('lora_A', [2, 32]), tensor('lora_B', [96, 2])]);
}
