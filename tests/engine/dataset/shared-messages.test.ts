import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { checkDataset } from '#engine/dataset/checks/check-dataset.ts';
import { loadTokenizer } from '#engine/tokenizer/files/load-tokenizer.ts';
import { recordRows } from '#engine/tokenizer/rows/record-rows.ts';
import { readingSpecials, type SpecialTokens } from '#engine/tokenizer/special-text.ts';

const SHARED = fileURLToPath(new URL('../../../../shared/cases/', import.meta.url));

async function check(file: string, setting: SpecialTokens = 'text') {
  const tokenizer = readingSpecials(loadTokenizer(join(SHARED, 'model')), setting);
  const tokens = { maker: recordRows(tokenizer), vocabSize: tokenizer.vocabSize, maxLength: null };
  const { notes, rows, tokens: counts } = await checkDataset(join(SHARED, file), { tokens });
  return {
    notes: notes.map(({ kind, name, rows: n, firstLine }) => `${kind} ${name ?? '-'} ${n} @${firstLine}`),
    bad: rows.firstBad.map(({ line, reason }) => `${line}: ${reason}`),
    total: counts?.total,
  };
}

describe.skipIf(!existsSync(SHARED))(
  'small inputs that went wrong (skipped when they do not lie beside the repository)',
  () => {
    it('fields of rows and messages reach the template or are named', async () => {
      // Line 1 fails in transformers as well: UndefinedError, 'dict object' has no attribute 'content'.
      expect(await check('fields/odd.jsonl')).toMatchObject({
        bad: ['1: tokenizer.template_failed'],
        notes: [
          'ignored_field tool_calls of assistant messages 1 @2',
          'ignored_field tools 1 @2',
          'ignored_field reasoning_content of assistant messages 1 @4',
          'joined_parts - 1 @3',
          'empty_turn - 2 @2',
          'weight_zero - 1 @7',
        ],
      });
    });

    it('spelled special tokens are counted, and parsed on request', async () => {
      const notes = ['spelled_special <|im_start|> 6 @1', 'spelled_special <|im_end|> 6 @1'];
      // Python: for each row, the ids of tokenizer(prompt) and tokenizer(completion), with and without
      // split_special_tokens, and the end token where the completion has none.
      expect(await check('special-text/pc.jsonl')).toMatchObject({ notes, total: 438 });
      expect(await check('special-text/pc.jsonl', 'parse')).toMatchObject({ notes, total: 228 });
    });
  },
);
