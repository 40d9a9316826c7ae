/** Files of a model folder that say how a text becomes ids, in Hugging Face's names. */
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

/** Files that say what a model is; the end token may stand in them when the tokenizer's own do not name it. */
export const CONFIG_FILES = ['generation_config.json', 'config.json'] as const;
