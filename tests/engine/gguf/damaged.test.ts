import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { KeelError } from '#contract/errors.ts';
import { openGguf } from '#engine/gguf/open-gguf.ts';
import { openModelFolder } from '#engine/model/files/model-folder.ts';
import { loadTokenizer } from '#engine/tokenizer/files/load-tokenizer.ts';

const whole = readFileSync(join(import.meta.dirname, '../../fixtures/gguf/complete.gguf'));
const folder = mkdtempSync(join(tmpdir(), 'keel-gguf-'));
const path = join(folder, 'damaged.gguf');
afterAll(() => rmSync(folder, { recursive: true }));

function fault(bytes: Buffer, open: (path: string) => unknown = openGguf): string {
  writeFileSync(path, bytes);
  try {
    open(path);
    return 'none';
  } catch (error) {
    if (!(error instanceof KeelError)) throw error;
    return `${error.code}: ${error.why.replace(path, 'FILE')}`;
  }
}

/** The file with a text replaced by another of the same length, or with bytes set at a position after it. */
function changed(text: string, other: string | Uint8Array, offset = 0): Buffer {
  const bytes = Buffer.from(whole);
  const at = bytes.indexOf(text);
  expect(at).toBeGreaterThan(0);
  Buffer.from(other as string).copy(bytes, at + offset);
  return bytes;
}

test('a file cut at any length is refused', () => {
  const lengths = [0, 3, 8, 23, 24, 100, 1000, 10_000, whole.length - 33];
  const codes = lengths.map((length) => fault(whole.subarray(0, length)).split(':')[0]);
  expect(codes).toEqual(lengths.map(() => 'gguf_invalid'));
});

test('impossible counts and lengths are refused before anything is allocated', () => {
  const huge = Buffer.alloc(8, 0xff);
  const start = (at: number) => Buffer.concat([whole.subarray(0, at), huge, whole.subarray(at + 8)]);
  expect(fault(start(8))).toContain('the number of tensors is 18446744073709551615');
  expect(fault(start(16))).toContain('the number of metadata keys is 18446744073709551615');
  const length = changed('tokenizer.ggml.tokens', Buffer.from([255, 255, 255, 255, 255, 15]), 21 + 8);
  expect(fault(length)).toContain('tokenizer.ggml.tokens claims 17592186044415 entries');
});

test('what Keel does not support is named', () => {
  const version = Buffer.from(whole);
  version.writeUInt32LE(1, 4);
  expect(fault(version)).toContain('gguf_unsupported: FILE: it has version 1');
  version.writeUInt32BE(3, 4);
  expect(fault(version)).toContain('it is a big-endian file');
  expect(fault(changed('blk.0.attn_q.weight', Buffer.from([23]), 19 + 4 + 16))).toContain(
    'its type IQ4_XS is none of F32',
  );
  expect(fault(changed('\u0005\0\0\0\0\0\0\0llama', 'mamba', 8), openModelFolder)).toContain(
    'its architecture is "mamba"',
  );
  expect(fault(changed('qwen2', 'qwen9'), loadTokenizer)).toContain('the pre-tokenizer "qwen9"');
  expect(fault(changed('\u0004\0\0\0\0\0\0\0gpt2', 'bert', 8), loadTokenizer)).toContain(
    'its tokenizer is of the kind "bert"',
  );
});

test('tensors that overlap, or are not where they can be, are refused by name', () => {
  const place = (value: number) =>
    changed('blk.0.attn_q.weight', Buffer.from([value, 0, 0, 0, 0, 0, 0, 0]), 19 + 4 + 16 + 4);
  expect(fault(place(7))).toContain('tensor blk.0.attn_q.weight: its offset 7 is not a multiple of 32');
  expect(fault(place(32))).toContain('it overlaps the tensor before it');
  expect(fault(changed('blk.0.attn_q.weight', 'blk.0.attn_k.weight'))).toContain(
    'tensor blk.0.attn_k.weight occurs twice',
  );
});

test('a tensor that the model does not have is named', () => {
  expect(fault(changed('blk.0.attn_q.weight', 'blk.0.attn_x.weight'))).toBe('none');
  const config = openModelFolder(path);
  config.files.close();
  expect([...config.files.tensors.keys()]).toContain('blk.0.attn_x.weight');
});
