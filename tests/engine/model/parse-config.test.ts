import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KeelError } from '#contract/errors.ts';
import { parseModelConfig } from '#engine/model/config/parse-config.ts';

const FIXTURES = join(import.meta.dirname, '../../fixtures/models');
const rawOf = (name: string) =>
  JSON.parse(readFileSync(join(FIXTURES, name, 'config.json'), 'utf8')) as Record<string, unknown>;

function refusal(raw: unknown): KeelError {
  try {
    parseModelConfig(raw);
  } catch (error) {
    if (error instanceof KeelError) return error;
    throw error;
  }
  throw new Error('It was accepted.');
}

describe('config.json', () => {
  it('reports all faults together, by field', () => {
    const error = refusal({
      ...rawOf('llama-grouped'),
      hidden_size: 1e9,
      num_hidden_layers: 1e9,
      vocab_size: -1,
      hidden_act: 'tanh',
    });
    expect(error.code).toBe('model_config_invalid');
    expect(error.faults?.map(({ where }) => where).sort()).toEqual([
      'hidden_act',
      'hidden_size',
      'num_hidden_layers',
      'vocab_size',
    ]);
  });

  it.each([
    [
      'llama-grouped',
      { num_attention_heads: 5, head_dim: null, num_key_value_heads: 5 },
      'not divisible by num_attention_heads',
    ],
    ['llama-grouped', { num_key_value_heads: 3 }, 'not divisible by num_key_value_heads'],
    ['gpt2-tied', { n_head: 5 }, 'not divisible by n_head'],
    ['gpt-neox', { num_attention_heads: 5 }, 'not divisible by num_attention_heads'],
    ['qwen2-window', { layer_types: ['full_attention'] }, '1 entries for 2 layers'],
    ['llama-grouped', { rope_parameters: { rope_type: 'yarn', factor: 2 } }, 'requires factor, original_max'],
    ['llama-grouped', { rope_parameters: { rope_type: 'longrope', factor: 2 } }, 'rope type "longrope"'],
    ['llama-grouped', { rope_parameters: { rope_type: 'dynamic', factor: 2 } }, 'depend on the longest sequence'],
    ['llama-grouped', { rope_parameters: { rope_type: 'linear' } }, 'requires factor'],
    ['llama-tied-llama3', { rope_parameters: { rope_type: 'llama3', factor: 2 } }, 'low_freq_factor'],
    ['gpt2-tied', { add_cross_attention: true }, 'cross-attention'],
    ['gemma3', { final_logit_softcapping: 30 }, 'soft capping of logits is not supported'],
    ['gemma3', { attn_logit_softcapping: 50 }, 'soft capping of attention scores is not supported'],
    ['gemma3', { use_bidirectional_attention: true }, 'attention to later tokens is not supported'],
    ['gemma3', { rope_parameters: { rope_theta: 5, rope_type: 'default' } }, 'one entry for full_attention'],
    ['olmo3', { layer_types: Array(3).fill('full_attention') }, '3 entries for 4 layers'],
    ['olmo3', { layer_types: Array(4).fill('conv') }, 'layer_types'],
    ['smollm3', { no_rope_layers: [1, 0] }, 'no_rope_layers has 2 entries for 4 layers'],
    ['phi3', { rope_scaling: { type: 'su', short_factor: [1, 2] } }, 'short_factor with 4 values'],
    ['ministral3', { rope_parameters: { rope_type: 'default' } }, 'requires llama_4_scaling_beta'],
  ])('refuses %s with %j', (name, change, why) => {
    const error = refusal({ ...rawOf(name), ...change });
    expect(error.code).toBe('model_config_invalid');
    expect(error.why).toContain(why);
  });

  it.each([
    [{ model_type: 'bert' }, 'model_architecture_unknown'],
    [{ model_type: '__proto__' }, 'model_architecture_unknown'],
    [{ model_type: undefined }, 'model_architecture_unknown'],
    [{ auto_map: { AutoModel: 'x.y' } }, 'model_needs_code'],
    [{ quantization_config: {} }, 'model_quantized'],
  ])('refuses %j by code', (change, code) => {
    expect(refusal({ ...rawOf('llama-grouped'), ...change }).code).toBe(code);
  });

  it.each([
    ['qwen3_5_text', 'gated delta networks'],
    ['lfm2', 'short convolutions'],
    ['gemma3', 'its text part, a gemma3_text'],
    ['mistral3', 'its text part, a mistral or ministral3'],
    ['qwen3_moe', 'mixture of experts'],
  ])('says what keeps %s from being supported', (type, why) => {
    expect(refusal({ ...rawOf('llama-grouped'), model_type: type }).why).toContain(`"${type}", which `);
    expect(refusal({ ...rawOf('llama-grouped'), model_type: type }).why).toContain(why);
  });

  it.each([null, [], 'x', 3])('refuses %j', (raw) => {
    expect(refusal(raw).why).toContain('not an object');
  });

  it('reads rotary settings of transformers 4 and 5 alike', () => {
    const { rope_parameters: parameters, ...rest } = rawOf('llama-tied-llama3');
    const { rope_theta, ...scaling } = parameters as Record<string, unknown>;
    const older = parseModelConfig({ ...rest, rope_theta, rope_scaling: scaling });
    expect(older.rotary).toEqual(parseModelConfig(rawOf('llama-tied-llama3')).rotary);
    const { rope_parameters: ofNeox, ...neox } = rawOf('gpt-neox-serial');
    expect(ofNeox).toMatchObject({ partial_rotary_factor: 0.5, rope_theta: 1000, factor: 2 });
    const olderNeox = parseModelConfig({
      ...neox,
      rotary_pct: 0.5,
      rotary_emb_base: 1000,
      rope_scaling: { type: 'linear', factor: 2 },
    });
    expect(olderNeox.rotary).toEqual(parseModelConfig(rawOf('gpt-neox-serial')).rotary);
  });

  it('reads the settings of Gemma 3, OLMo 3, Phi 3, and Ministral of transformers 4 as those of 5', () => {
    const without = (name: string) => {
      const { rope_parameters: _, layer_types, ...rest } = rawOf(name);
      return rest;
    };
    const gemma = rawOf('gemma3-untied-sharded-bf16');
    const older = parseModelConfig({
      ...without('gemma3-untied-sharded-bf16'),
      rope_theta: 500,
      rope_local_base_freq: 50,
      rope_scaling: { rope_type: 'linear', factor: 8 },
      sliding_window_pattern: 3,
    });
    expect(older).toEqual({ ...parseModelConfig(gemma), raw: older.raw });
    const yarn = (rawOf('olmo3-yarn-sharded-bf16').rope_parameters as Record<string, object>).full_attention!;
    const { rope_theta: base, ...scaling } = yarn as Record<string, unknown>;
    const olmo = parseModelConfig({ ...without('olmo3'), rope_theta: base, rope_scaling: scaling });
    expect(olmo.windows).toEqual([6, 6, 6, null]);
    expect(olmo.rotary[3]).toEqual(parseModelConfig(rawOf('olmo3-yarn-sharded-bf16')).rotary[1]);
    expect(olmo.rotary[0]).toEqual(parseModelConfig(rawOf('olmo3')).rotary[0]);
    const long = rawOf('phi3-long-sharded-bf16');
    const { rope_theta, partial_rotary_factor, ...factors } = long.rope_parameters as Record<string, unknown>;
    const phi = parseModelConfig({
      ...without('phi3-long-sharded-bf16'),
      rope_theta,
      partial_rotary_factor,
      rope_scaling: { ...factors, rope_type: undefined, type: 'su' },
    });
    expect(phi).toMatchObject({ rotary: parseModelConfig(long).rotary, contextLength: 96, contextIsHard: true });
    const ministral = rawOf('ministral');
    expect(parseModelConfig({ ...ministral, model_type: 'mistral' })).toMatchObject({
      family: 'ministral',
      windows: parseModelConfig(ministral).windows,
    });
  });

  it('fills in what older files leave out', () => {
    const bare = {
      model_type: 'mistral',
      vocab_size: 10,
      hidden_size: 64,
      num_hidden_layers: 2,
      num_attention_heads: 16,
      intermediate_size: 8,
    };
    expect(parseModelConfig(bare)).toMatchObject({
      keyValueHeads: 8,
      headWidth: 4,
      windows: [4096, 4096],
      tied: false,
    });
    expect(parseModelConfig({ ...bare, sliding_window: null }).windows).toEqual([null, null]);
    expect(parseModelConfig({ ...bare, model_type: 'llama' })).toMatchObject({
      keyValueHeads: 16,
      windows: [null, null],
    });
    expect(parseModelConfig({ ...bare, model_type: 'qwen2' }).bias.queryKeyValue).toBe(true);
  });

  it.each(['qwen3', 'gemma3', 'phi3-long-sharded-bf16', 'ministral3', 'smollm3'])(
    '%s: never throws anything but a KeelError',
    (name) => {
      const keys = Object.keys(rawOf(name));
      fc.assert(
        fc.property(fc.constantFrom(...keys), fc.jsonValue(), (key, value) => {
          try {
            parseModelConfig({ ...rawOf(name), [key]: value });
            return true;
          } catch (error) {
            return error instanceof KeelError;
          }
        }),
        { numRuns: 500, seed: 5 },
      );
    },
  );
});
