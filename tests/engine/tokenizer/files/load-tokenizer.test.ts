import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkTokenizerRows } from '#engine/tokenizer/files/check-tokenizer-json.ts';
import { loadTokenizer } from '#engine/tokenizer/files/load-tokenizer.ts';
import { selfTest } from '#engine/tokenizer/self-test.ts';
import type { Tokenizer } from '#engine/tokenizer/tokenizer.ts';
import { fixture, hasDialogs, readDialogs, readGolden } from '../golden.ts';

const golden = readGolden();

/** The same digest that make_golden.py takes: each row's length and ids as 32-bit numbers. */
function digestOf(tokenizer: Tokenizer, texts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const text of texts) {
    const ids = tokenizer.encode(text);
    hash.update(new Uint8Array(Int32Array.from([ids.length, ...ids]).buffer));
  }
  return hash.digest('hex');
}

describe('against Hugging Face tokenizers', () => {
  it.each(Object.keys(golden.encodings))('%s encodes and decodes every test text alike', (name) => {
    const tokenizer = loadTokenizer(fixture(name));
    const expected = golden.encodings[name]!;
    expect(golden.texts.map((text) => tokenizer.encode(text))).toEqual(expected.plain);
    expect(golden.texts.map((text) => tokenizer.encode(text, { allowSpecialText: true }))).toEqual(expected.special);
    expect(expected.plain.map((ids) => tokenizer.decode(ids))).toEqual(expected.decoded);
  });

  it.skipIf(!hasDialogs)(
    'encodes all 3,000 dialogs alike (skipped when the data beside the repository is absent)',
    () => {
      const dialogs = readDialogs();
      expect(dialogs).toHaveLength(golden.dialogs.count);
      const digests = Object.keys(golden.encodings).map((name) => [
        name,
        digestOf(loadTokenizer(fixture(name)), dialogs),
      ]);
      expect(Object.fromEntries(digests)).toEqual(golden.dialogs.digests);
    },
  );

  it('reads vocab.json + merges.txt as the same tokenizer, and adds a tokenizer.json for the export', () => {
    const older = loadTokenizer(fixture('gpt2-files'));
    expect(golden.texts.map((text) => older.encode(text))).toEqual(golden.encodings.gpt2?.plain);
    expect(older.files.map(({ name }) => name)).toEqual([
      'special_tokens_map.json',
      'vocab.json',
      'merges.txt',
      'tokenizer.json',
    ]);
  });
});

describe('special tokens', () => {
  it('names EOS, BOS and a padding id that differs from EOS', () => {
    const summary = ['gpt2', 'llama2', 'chat-plain'].map((name) => {
      const { eosTokenId, bosTokenId, padTokenId, padSource, vocabSize } = loadTokenizer(fixture(name));
      return { eosTokenId, bosTokenId, padTokenId, padSource, vocabSize };
    });
    expect(summary).toEqual([
      { eosTokenId: 0, bosTokenId: null, padTokenId: 1, padSource: 'found', vocabSize: 519 },
      { eosTokenId: 2, bosTokenId: 1, padTokenId: 0, padSource: 'borrowed', vocabSize: 585 },
      { eosTokenId: 3, bosTokenId: null, padTokenId: 1, padSource: 'declared', vocabSize: 511 },
    ]);
  });

  it('keeps spelled-out special tokens as text unless asked', () => {
    const tokenizer = loadTokenizer(fixture('gpt2'));
    expect(tokenizer.encode('a<|endoftext|>')).not.toContain(tokenizer.eosTokenId);
    expect(tokenizer.encode('a<|endoftext|>', { allowSpecialText: true }).at(-1)).toBe(tokenizer.eosTokenId);
    expect(tokenizer.decode([...tokenizer.encode('a'), 0], { skipSpecialTokens: true })).toBe('a');
  });

  it('passes its own round trip', () => {
    const report = selfTest(loadTokenizer(fixture('gpt2')));
    expect([report.allEqual, report.keepsSpecialText]).toEqual([true, true]);
    expect(report.proves).toContain('does not prove that their ids match those of Hugging Face');
  });
});

/** Seconds of this process alone: other tests run beside it. */
function secondsFor(task: () => void): number {
  const start = process.cpuUsage();
  task();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}

it.each(['gpt2', 'llama3', 'qwen2', 'llama2'])(
  '%s: ten times a text without a space takes about ten times as long',
  (name) => {
    const tokenizer = loadTokenizer(fixture(name));
    for (const unit of ['a', 'gardener', '日', '!', '\u0301', '7']) {
      const text = (bytes: number) => unit.repeat(bytes / Buffer.byteLength(unit));
      const encode = (bytes: number) =>
        secondsFor(() => expect(tokenizer.encode(text(bytes)).length).toBeGreaterThan(0));
      const tenth = Math.max(...[1, 2, 3].map(() => encode(1e5)));
      // Merging that looks at every pair again after each merge would take a hundred times as long.
      expect(encode(1e6), unit).toBeLessThan(40 * Math.max(tenth, 0.01));
    }
  },
);

it('refuses a text that is too long for its patterns', () => {
  const text = '日'.repeat(5e6);
  expect(() => loadTokenizer(fixture('gpt2')).encode(text)).toThrow(
    expect.objectContaining({ code: 'tokenizer.text_too_long' }),
  );
});

describe('broken folders', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tokenizer-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const small = {
    added_tokens: [{ id: 0, content: '<|endoftext|>', special: true }],
    normalizer: null,
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false },
    post_processor: null,
    decoder: { type: 'ByteLevel' },
    model: {
      type: 'BPE',
      vocab: { '<|endoftext|>': 0, a: 1, b: 2, ab: 3 } as Record<string, unknown>,
      merges: ['a b'],
    },
  };
  const write = (json: object, config: object = { eos_token: '<|endoftext|>' }) => {
    writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify(json));
    writeFileSync(join(folder, 'tokenizer_config.json'), JSON.stringify(config));
  };
  const model = (change: object) => ({ ...small, model: { ...small.model, ...change } });

  it('loads the small tokenizer that the other tests break', () => {
    write(small);
    expect(loadTokenizer(folder).encode('abb')).toEqual([3, 2]);
  });

  it('expects the ids of added tokens behind a list that names a token twice, as tokenizers 0.23.1 gives them', () => {
    const vocab = ['<unk>', 'a', 'a'].map((token, id) => [token, -id]);
    const added = { id: 3, content: '<|endoftext|>', special: true };
    write({ ...small, pre_tokenizer: null, added_tokens: [added], model: { type: 'Unigram', unk_id: 0, vocab } });
    expect(loadTokenizer(folder).eosTokenId).toBe(3);
  });

  it.each([
    ['missing merges', model({ merges: undefined }), 'the merge rules are missing'],
    [
      'a merge outside the vocabulary',
      model({ merges: ['a x'] }),
      'contains tokens that are not in the vocabulary: "x", "ax"',
    ],
    ['two tokens with one id', model({ vocab: { a: 1, b: 1, ab: 3 } }), 'id 1 belongs to both "a" and "b"'],
    ['an absurd id', model({ vocab: { a: 1e15, b: 2, ab: 3 } }), 'token "a" has the id 1000000000000000'],
    ['a fractional id', model({ vocab: { a: 0.5, b: 2, ab: 3 } }), 'token "a" has the id 0.5'],
    [
      'a pattern that may never end',
      { ...small, pre_tokenizer: { type: 'Split', pattern: { Regex: '(a+)+$' }, behavior: 'Isolated' } },
      'the step "Split": the pattern "(a+)+$" is none of the published tokenizers\' patterns that Keel runs; an unknown one could take forever on some texts',
    ],
    ['dropout', model({ dropout: 0.1 }), '0.1 is not supported'],
    ['a rule of three tokens', model({ merges: ['a b b'] }), 'is not a pair of tokens'],
    [
      'an unknown token that is not there',
      { ...model({ unk_token: '<unk>' }), pre_tokenizer: null },
      '"<unk>" is not in the vocabulary',
    ],
    ['a model of a kind of its own', model({ type: 'Markov' }), 'the model "Markov" is not supported'],
    [
      'an added token whose id the library would not give it',
      { ...small, added_tokens: [...small.added_tokens, { id: 9, content: '<|pad|>', special: true }] },
      'token "<|pad|>" has the id 9, but Hugging Face\'s tokenizers assign it 4',
    ],
    [
      'a normalizer that is not supported',
      {
        ...small,
        normalizer: { type: 'Sequence', normalizers: [{ type: 'Precompiled', precompiled_charsmap: 'AAAA' }] },
      },
      'the step "Precompiled" is not supported',
    ],
    [
      'a pre-tokenizer that is not supported',
      { ...small, pre_tokenizer: { type: 'UnicodeScripts' } },
      'the step "UnicodeScripts" is not supported',
    ],
    ['a decoder that is not supported', { ...small, decoder: { type: 'CTC' } }, 'the step "CTC" is not supported'],
    [
      'a post-processor that is not supported',
      { ...small, post_processor: { type: 'X' } },
      'the step "X" is not supported',
    ],
    [
      'a sequence without its steps',
      { ...small, pre_tokenizer: { type: 'Sequence' } },
      'the step "Sequence" is not supported',
    ],
    [
      'a split with a behavior of its own',
      { ...small, pre_tokenizer: { type: 'Split', pattern: { String: ' ' }, behavior: 'Kept' } },
      'the step "Split": its behavior is not one of Isolated, Removed, Contiguous, MergedWithPrevious, MergedWithNext',
    ],
    [
      'a first Metaspace behind another step',
      {
        ...small,
        pre_tokenizer: {
          type: 'Sequence',
          pretokenizers: [
            { type: 'Digits', individual_digits: true },
            { type: 'Metaspace', replacement: '▁', prepend_scheme: 'first' },
          ],
        },
      },
      'the step "Metaspace" with prepend_scheme "first" is not supported after "Digits"',
    ],
    [
      'a Metaspace that contradicts itself',
      { ...small, pre_tokenizer: { type: 'Metaspace', replacement: '▁', add_prefix_space: false } },
      'the step "Metaspace": its add_prefix_space is false, but its prepend_scheme is "always"',
    ],
    [
      'two steps that add tokens',
      {
        ...small,
        post_processor: {
          type: 'Sequence',
          processors: [
            { type: 'BertProcessing', cls: ['a', 1], sep: ['b', 2] },
            { type: 'RobertaProcessing', cls: ['a', 1], sep: ['b', 2] },
          ],
        },
      },
      '2 of its steps add tokens, but only one may',
    ],
  ])('refuses %s', (_, json, why) => {
    write(json);
    expect(() => loadTokenizer(folder)).toThrow(
      expect.objectContaining({ code: 'tokenizer.invalid', faults: [expect.objectContaining({ why })] }),
    );
  });

  it('reports all faults together', () => {
    write(model({ merges: ['a x', 'y b'], dropout: 0.5 }));
    expect(() => loadTokenizer(folder)).toThrow(
      expect.objectContaining({ faults: expect.toSatisfy((f) => f.length === 3) }),
    );
  });

  it('refuses a tokenizer without an end token, and one whose end token is not in it', () => {
    write({ ...small, added_tokens: [], model: { ...small.model, vocab: { a: 0, b: 1, ab: 2 } } }, {});
    expect(() => loadTokenizer(folder)).toThrow(expect.objectContaining({ code: 'tokenizer.no_eos' }));
    write(small, { eos_token: '<nowhere>' });
    expect(() => loadTokenizer(folder)).toThrow(expect.objectContaining({ code: 'tokenizer.no_eos' }));
  });

  it('refuses ids above the embedding rows', () => {
    write(small);
    expect(() => checkTokenizerRows(loadTokenizer(folder), 3)).toThrow(
      expect.objectContaining({ code: 'tokenizer.ids_exceed_rows' }),
    );
    expect(() => checkTokenizerRows(loadTokenizer(folder), 4)).not.toThrow();
  });

  it('refuses files that are absent, cut, above 100 MB or no files', () => {
    const path = join(folder, 'tokenizer.json');
    const code = () => {
      try {
        loadTokenizer(folder);
      } catch (error) {
        return (error as { code: string }).code;
      }
      return null;
    };
    const codes = [code()];
    writeFileSync(path, '{"model": {"vocab"');
    codes.push(code());
    truncateSync(path, 101 * 2 ** 20);
    codes.push(code());
    rmSync(path);
    mkdirSync(path);
    codes.push(code());
    rmSync(path, { recursive: true });
    writeFileSync(join(folder, 'vocab.json'), '{"a": 0}');
    codes.push(code());
    symlinkSync('/dev/zero', join(folder, 'merges.txt'));
    codes.push(code());
    expect(codes).toEqual([
      'tokenizer.missing',
      'tokenizer.bad_json',
      'tokenizer.unreadable_file',
      'tokenizer.unreadable_file',
      'tokenizer.missing_merges',
      'tokenizer.unreadable_file',
    ]);
  });

  it('keeps tokens named __proto__ apart from prototypes', () => {
    writeFileSync(
      join(folder, 'tokenizer.json'),
      JSON.stringify(model({ merges: [] })).replace('"vocab":{', '"vocab":{"__proto__":4,'),
    );
    writeFileSync(join(folder, 'tokenizer_config.json'), '{"eos_token":"<|endoftext|>","__proto__":{"pad_token":"a"}}');
    const tokenizer = loadTokenizer(folder);
    expect([tokenizer.tokenOfId(4), tokenizer.idOfToken('__proto__'), tokenizer.idOfToken('constructor')]).toEqual([
      '__proto__',
      4,
      null,
    ]);
    expect({}).not.toHaveProperty('pad_token');
  });

  it('names the position of an id without a token', () => {
    write(small);
    expect(() => loadTokenizer(folder).decode([1, 9])).toThrow(expect.objectContaining({ code: 'tokenizer.bad_id' }));
  });
});
