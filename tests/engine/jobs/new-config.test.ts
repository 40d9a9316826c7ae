import { describe, expect, it } from 'vitest';
import { parseInitOptions } from '#engine/jobs/model-init/init-options.ts';
import { newModelConfig } from '#engine/jobs/model-init/new-config.ts';
import { FAMILIES, parseModelConfig } from '#engine/model/config/parse-config.ts';

const tokens = { vocabSize: 300, eosTokenId: 0, bosTokenId: 0, padTokenId: 1 };

/** Windows of the first three layers. */
const WINDOWS: Readonly<Record<string, number>> = { gemma3_text: 512, ministral: 32_768, olmo3: 4096 };

describe('newModelConfig', () => {
  it.each(FAMILIES)('%s: is read back with the shape asked for', (family) => {
    const grouped = !['gpt2', 'gpt_neox'].includes(family);
    const kvHeads = grouped ? 2 : 4;
    const shape = { hidden_size: 64, num_layers: 3, num_heads: 4, context: 128 };
    const options = { family, corpus: ['x'], ...shape, ...(grouped && { num_kv_heads: 2 }) };
    const config = parseModelConfig(newModelConfig(parseInitOptions(options), tokens));
    expect(config).toMatchObject({
      family,
      vocabSize: 300,
      width: 64,
      layers: 3,
      heads: 4,
      keyValueHeads: kvHeads,
      headWidth: 16,
      contextLength: 128,
      eosTokenIds: [0],
      padTokenId: 1,
      windows: Array(3).fill(WINDOWS[family] ?? null),
    });
  });

  it('turns a quarter of each GPT-NeoX head', () => {
    const options = parseInitOptions({ corpus: ['x'], hidden_size: 128, num_heads: 4 });
    expect(parseModelConfig(newModelConfig(options, tokens)).rotary[0]?.rotated).toBe(8);
  });
});

describe('parseInitOptions', () => {
  it('reports every fault together', () => {
    const error = (() => {
      try {
        parseInitOptions({ family: 'gpt2', hidden_size: 65, num_heads: 4, num_kv_heads: 3, corpus: ['x'] });
      } catch (caught) {
        return caught;
      }
    })();
    expect(error).toMatchObject({ code: 'model_init_options_bad' });
    expect((error as { faults: { where: string }[] }).faults.map(({ where }) => where)).toEqual([
      'num_heads',
      'num_kv_heads',
      'num_kv_heads',
    ]);
  });

  it('refuses unknown keys', () => {
    expect(() => parseInitOptions({ corpus: ['x'], width: 3 })).toThrow(
      expect.objectContaining({ code: 'model_init_options_bad' }),
    );
  });
});
