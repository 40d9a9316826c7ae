import type { Message, TemplateInputs } from '../records.ts';
import type { StopTokens } from './stop-tokens.ts';

export interface EncodeOptions {
  /**
   * Add what the post-processor puts around one text (a BOS token for Llama). `prefix` adds only what precedes it, for
   * text that is continued. Default true, as in `tokenizers`.
   */
  readonly addSpecialTokens?: boolean | 'prefix';
  /**
   * Read special tokens that are spelled out in the text (`<|endoftext|>`) as those tokens. Default false: text from
   * you or a dataset stays text, so it cannot end a turn or a sequence.
   */
  readonly allowSpecialText?: boolean;
}

export interface ChatOptions {
  /** End with the header of an assistant turn, for generation. Default false. */
  readonly addGenerationPrompt?: boolean;
  /** What the template receives besides the messages. */
  readonly template?: TemplateInputs | undefined;
  /** Read special tokens that the messages spell out as those tokens. Default false. */
  readonly allowSpecialText?: boolean;
}

/** A conversation as the model sees it. `ids` and `assistantTokens` have the same length. */
export interface ChatEncoding {
  readonly text: string;
  readonly ids: readonly number[];
  /** True on tokens of assistant turns, their end-of-turn token included. */
  readonly assistantTokens: readonly boolean[];
  /** Index of the message whose text the assistant generated at each token, -1 if it is not known; null elsewhere. */
  readonly turns: readonly (number | null)[];
  /** Assistant turns that the template shows differently here than when they were generated; they are not marked. */
  readonly changedTurns: readonly number[];
}

/**
 * Where the padding id came from: `declared` by the tokenizer's files, `found` as a token with a common padding name,
 * or `borrowed`, an ordinary token that is not EOS. Masks exclude padding from every loss and all attention, so a
 * borrowed id is never trained on; it only has to differ from EOS, which has a meaning inside a response.
 */
export type PadSource = 'declared' | 'found' | 'borrowed';

/** A file that belongs to the tokenizer and is exported with a model. */
export interface TokenizerFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface Tokenizer {
  /** Highest token id + 1; a model needs at least this many embedding rows. */
  readonly vocabSize: number;
  readonly eosTokenId: number;
  readonly bosTokenId: number | null;
  readonly padTokenId: number;
  readonly padSource: PadSource;
  /** The tokens that end a response; the only source of them for generation, training, checks and exports. */
  readonly stopTokens: StopTokens;
  /** The chat template's source; null if the folder has none. */
  readonly chatTemplate: string | null;
  /** Spellings of the special tokens. */
  readonly specialTokens: readonly string[];
  readonly files: readonly TokenizerFile[];
  /** Token ids of one text. */
  encode(text: string, options?: EncodeOptions): number[];
  /** Text of token ids; invalid UTF-8 bytes become U+FFFD. Throws `tokenizer.bad_id` for an id without a token. */
  decode(ids: ArrayLike<number>, options?: { readonly skipSpecialTokens?: boolean }): string;
  /**
   * Renders the chat template and encodes the result. Special tokens are recognized only where the template wrote them.
   */
  applyChatTemplate(messages: readonly Message[], options?: ChatOptions): ChatEncoding;
  /** The text that {@link applyChatTemplate} encodes. */
  renderChat(messages: readonly Message[], options?: ChatOptions): string;
  /** Assistant turns that a conversation shows differently than they were when they were generated. */
  changedTurns(messages: readonly Message[], template?: TemplateInputs): readonly number[];
  /** Whether lists of text parts are joined before the template sees them, because it reads only text. */
  joinsParts(): boolean;
  /** Whether the template asks for today's date, which it does not get. */
  asksForDate(): boolean;
  /** The text of one id in the vocabulary; null if no token has it. */
  tokenOfId(id: number): string | null;
  idOfToken(token: string): number | null;
  isSpecial(id: number): boolean;
}
