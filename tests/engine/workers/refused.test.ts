import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resolveRecipeConfig } from '#contract/config/index.ts';
import { KeelError } from '#contract/errors.ts';
import { requireWorkable } from '#engine/jobs/run-on-workers.ts';
import { openChannel } from '#engine/workers/channel.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'keel-workers-refused-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function refusalOf(recipe: string, changes: Readonly<Record<string, unknown>>): string | null {
  const config = { recipe, model: 'policy', data: { files: ['rows.jsonl'] }, ...changes };
  try {
    requireWorkable(resolveRecipeConfig(config).file);
    return null;
  } catch (error) {
    if (!(error instanceof KeelError)) throw error;
    expect(error.code).toBe('workers_unsupported');
    return error.why;
  }
}

describe('what workers do not do is refused before anything waits', () => {
  const lora = { peft_type: 'lora' };
  it.each([
    ['dropped inputs of an adapter', { adapter: { ...lora, lora_dropout: 0.1 } }, 'adapter.lora_dropout'],
    ['four bits', { adapter: lora, engine: { frozen_dtype: 'nf4' } }, 'nf4'],
    ['products in bfloat16', { engine: { compute_dtype: 'bfloat16' } }, 'engine.compute_dtype'],
  ])('%s', (_, changes, named) => {
    expect(refusalOf('sft', changes)).toContain(named);
  });

  it('and nothing else is', () => {
    expect(refusalOf('sft', { adapter: lora, engine: { frozen_dtype: 'bfloat16' } })).toBeNull();
    expect(refusalOf('sft', {})).toBeNull();
  });
});

it('a group that never comes is reported', async () => {
  const empty = join(folder, 'empty');
  mkdirSync(empty);
  await expect(openChannel(empty, 1, async () => undefined, 0)).rejects.toMatchObject({ code: 'workers_lost' });
});
