/** Files of a model folder that define its tokenizer, by their Hugging Face names. */
export const TOKENIZER_FILES = [
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
  'vocab.json',
  'merges.txt',
  'chat_template.jinja',
  'chat_template.json',
  'tokenizer.model',
] as const;

/** Files that describe a model; they can also name the end token if the tokenizer's files do not. */
export const CONFIG_FILES = ['generation_config.json', 'config.json'] as const;

/**
 * The parts of a model folder that make a token a stop token: the tokenizer's EOS, `eos_token_id` in config.json or in
 * generation_config.json, and the token that ends the assistant's turn in the chat template.
 */
export const STOP_ORIGINS = ['tokenizer', 'config', 'generation_config', 'chat_template'] as const;
export type StopOrigin = (typeof STOP_ORIGINS)[number];
