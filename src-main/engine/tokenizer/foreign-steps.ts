import { Tokenizer as LibraryTokenizer } from '@huggingface/tokenizers';
import type { WordModel } from './bpe-model.ts';
import type { StepJson, TokenizerJson } from './tokenizer-json.ts';

/** Steps of a `tokenizer.json` outside Keel's own byte-level path, run by the `@huggingface/tokenizers` library. */

const NO_MODEL = { type: 'BPE', vocab: {}, merges: [] };
const NO_STEPS = { added_tokens: [], normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null };

function librarySteps(steps: object): LibraryTokenizer {
  return new LibraryTokenizer({ ...NO_STEPS, model: NO_MODEL, ...steps }, { clean_up_tokenization_spaces: false });
}

/** A normalizer as a function on text. */
export function libraryNormalizer(step: StepJson): (text: string) => string {
  const { normalizer } = librarySteps({ normalizer: step });
  return (text) => (normalizer === null ? text : normalizer(text));
}

/** A pre-tokenizer as a function from text to words; `sectionIndex` is 0 for the text's first stretch. */
export function libraryPreTokenizer(step: StepJson): (text: string, sectionIndex: number) => string[] {
  const { pre_tokenizer: preTokenizer } = librarySteps({ pre_tokenizer: step });
  return (text, sectionIndex) => (preTokenizer === null ? [text] : preTokenizer(text, { section_index: sectionIndex }));
}

/** A decoder as a function from tokens to text. */
export function libraryDecoder(step: StepJson): (tokens: string[]) => string {
  const { decoder } = librarySteps({ decoder: step });
  return (tokens) => (decoder === null ? tokens.join(' ') : decoder(tokens));
}

/** A model that is no BPE (Unigram, WordPiece). */
export function libraryModel(json: TokenizerJson): WordModel {
  const { model } = librarySteps({ model: json.model });
  return {
    encodeWord(word) {
      const tokens = model === null ? [] : model([word]);
      return tokens.flatMap((token: string) => model?.tokens_to_ids.get(token) ?? model?.unk_token_id ?? []);
    },
  };
}
