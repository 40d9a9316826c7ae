import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openRunStops } from '#engine/session/run-stops.ts';
import { loadTokenizer } from '#engine/tokenizer/files/load-tokenizer.ts';
import { writeSmallTokenizer } from '../../support/small-tokenizer.ts';

let root = '';
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'run-stops-'));
});
afterAll(() => rmSync(root, { recursive: true }));

const MODEL = {
  added: ['<|endoftext|>', '<|pad|>', '<|im_start|>', '<|im_end|>', '<|end|>'],
  eos: '<|endoftext|>',
  chatTemplate: "{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' + m.content + '<|im_end|>\n' }}{% endfor %}",
};
const config = { vocab_size: 300, eos_token_id: [0, 4] };
const model = { config: { eosTokenIds: config.eos_token_id } };

function tokenizerOf(generation: unknown) {
  const files = { 'config.json': config, 'generation_config.json': { eos_token_id: generation } };
  return loadTokenizer(writeSmallTokenizer({ ...MODEL, files }, mkdtempSync(join(root, 'model-'))));
}

function runFolder(files: Readonly<Record<string, string>> = {}): string {
  const folder = mkdtempSync(join(root, 'run-'));
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

it('a run keeps the stop tokens that it started with, even if the files of its model change', () => {
  const folder = runFolder();
  const first = openRunStops(folder, { tokenizer: tokenizerOf([0, 7]), model });
  expect(first).toEqual({
    stopTokenIds: [0, 4, 7, 3],
    ends: { append: 3, ids: [0, 4, 7, 3] },
    stopStringsSee: 'special_tokens',
  });
  writeFileSync(join(folder, 'inputs.json'), '{}');
  expect(openRunStops(folder, { tokenizer: tokenizerOf(9), model })).toEqual(first);
});

it("an earlier version's run has recorded its data, but no stop tokens: it continues with tokenizer and config alone", () => {
  const folder = runFolder({ 'inputs.json': '{}' });
  const former = { stopTokenIds: [0, 4], ends: { append: 0, ids: [0] }, stopStringsSee: 'text' };
  expect(openRunStops(folder, { tokenizer: tokenizerOf([0, 7]), model })).toEqual(former);
  expect(JSON.parse(readFileSync(join(folder, 'stop-tokens.json'), 'utf8'))).toEqual(former);
  expect(openRunStops(folder, { tokenizer: tokenizerOf([0, 7]), model })).toEqual(former);
});

it('a damaged record is refused, with its path', () => {
  for (const text of ['{"stopTokenIds": [0', '{"stopTokenIds": [0]}']) {
    const folder = runFolder({ 'stop-tokens.json': text });
    expect(() => openRunStops(folder, { tokenizer: tokenizerOf(0), model })).toThrow(
      expect.objectContaining({
        code: 'stop_tokens_unreadable',
        why: expect.stringContaining(join(folder, 'stop-tokens.json')),
      }),
    );
  }
});
