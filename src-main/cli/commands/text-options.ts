import { Option } from 'commander';

/** Options of the commands that read texts and print JSON lines. */

export const MODEL = [
  '--model <model>',
  'model folder or GGUF file, or the output of a run, such as run:latest/policy',
] as const;

export const BASE = [
  '--base <path>',
  "folder or GGUF file of an adapter's base, in place of what the adapter names",
] as const;

export const JSON_LINES = ['--json', 'the default: one JSON object per line'] as const;

export type SpecialTokens = 'text' | 'parse';

export const specialTokens = () =>
  new Option('--special-tokens <how>', 'special tokens that the input spells out: ordinary text, or parsed as tokens')
    .choices(['text', 'parse'])
    .default('text');
