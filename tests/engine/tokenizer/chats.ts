import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadTokenizer } from '#engine/tokenizer/files/load-tokenizer.ts';
import type { Tokenizer } from '#engine/tokenizer/tokenizer.ts';
import { fixture } from './golden.ts';

/** What transformers makes of one row with one template. */
export interface ExpectedChat {
  /** The name of Python's error; the rest is missing then. */
  readonly error?: string;
  readonly text: string;
  readonly prompt: string;
  readonly ids: number[];
  readonly parsed: number[];
  /** Message, and start and end of its text; null for a turn that the whole does not begin with. */
  readonly turns: [number, number | null, number | null][];
  /** Message, the conversation that ends with it, and where its text starts. */
  readonly prefixes: [number, string, number | null][];
  readonly assistant?: number[];
}

interface Chats {
  readonly templates: Readonly<Record<string, string>>;
  readonly rows: readonly { readonly messages: readonly { readonly content?: unknown; readonly weight?: number }[] }[];
  readonly expected: Readonly<Record<string, readonly ExpectedChat[]>>;
  /** Ids of prompt and completion, with special tokens as text and parsed. */
  readonly plain: readonly {
    readonly prompt: string;
    readonly completion: string;
    readonly text: [number[], number[]];
    readonly parsed: [number[], number[]];
  }[];
}

/** Rows, templates, and what transformers makes of them; see tests/fixtures/chats/make.py. */
export const chats = JSON.parse(
  readFileSync(new URL('../../fixtures/chats/chats.json', import.meta.url), 'utf8'),
) as Chats;

const opened = new Map<string, Tokenizer>();

function open(template: string): Tokenizer {
  const folder = mkdtempSync(join(tmpdir(), 'chat-'));
  for (const name of ['tokenizer.json', 'tokenizer_config.json']) {
    writeFileSync(join(folder, name), readFileSync(join(fixture('chat-plain'), name)));
  }
  writeFileSync(join(folder, 'chat_template.jinja'), chats.templates[template]!);
  const tokenizer = loadTokenizer(folder);
  rmSync(folder, { recursive: true });
  return tokenizer;
}

/** The fixture's tokenizer with one of the templates. */
export function chatTokenizer(template: string): Tokenizer {
  const tokenizer = opened.get(template) ?? open(template);
  opened.set(template, tokenizer);
  return tokenizer;
}
