import { KeelError } from '#contract/errors.ts';
import { objectOf, type TokenizerFiles, textOf } from './read-tokenizer-files.ts';
import type { TokenizerJson } from './tokenizer-json.ts';

function mergeLines(text: string): string[] {
  return text.split(/\r?\n/).filter((line, index) => line !== '' && !(index === 0 && line.startsWith('#version')));
}

/**
 * A `tokenizer.json` from the older pair vocab.json + merges.txt (GPT-2). `specials` are the special tokens that
 * tokenizer_config.json or special_tokens_map.json name; those in the vocabulary become added tokens.
 */
export function tokenizerJsonOfGpt2Files(files: TokenizerFiles, specials: readonly string[]): TokenizerJson {
  const merges = textOf(files, 'merges.txt');
  if (merges === null) {
    throw new KeelError({
      code: 'tokenizer.missing_merges',
      why: 'The folder has a vocab.json but no merges.txt, so text cannot be split into its tokens.',
      fix: 'Add the merges.txt that was published with the model, or its tokenizer.json.',
    });
  }
  const vocab = objectOf(files, 'vocab.json') as Readonly<Record<string, number>>;
  const named = new Set([...specials, '<|endoftext|>']);
  const added = [...named].flatMap((content) => {
    const id = Object.hasOwn(vocab, content) ? vocab[content] : undefined;
    return id === undefined ? [] : [{ id, content, special: true, normalized: false }];
  });
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };
  return {
    added_tokens: added.sort((a, b) => a.id - b.id),
    normalizer: null,
    pre_tokenizer: byteLevel,
    post_processor: { ...byteLevel, trim_offsets: false },
    decoder: byteLevel,
    model: { type: 'BPE', unk_token: null, vocab, merges: mergeLines(merges) },
  };
}
