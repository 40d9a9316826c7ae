import { z } from 'zod';
import { type Fault, KeelError } from '#contract/errors.ts';
import { type ChatRow, chatOfRow } from '../dataset/messages/chat-row.ts';
import { type InputRow, inputError } from './read-input.ts';

/** What the chat template of a row with messages receives besides them. */
export const TEMPLATE_KEYS = {
  tools: z.unknown().optional(),
  documents: z.unknown().optional(),
  chat_template_kwargs: z.unknown().optional(),
};

/**
 * `{"text": "…"}`, `{"ids": [1, 2]}`, or `{"messages": […]}`, the last also with what the chat template receives:
 * `tools`, `documents`, `chat_template_kwargs`. Other keys are ignored.
 */
export const textOrIdsSchema = z
  .object({
    text: z.string().optional(),
    ids: z.array(z.int().nonnegative()).optional(),
    messages: z.array(z.unknown()).min(1).optional(),
    ...TEMPLATE_KEYS,
  })
  .refine(
    ({ text, ids, messages }) => [text, ids, messages].filter((value) => value !== undefined).length === 1,
    'must have exactly one of "text", "ids", and "messages"',
  );
export type TextOrIds = z.infer<typeof textOrIdsSchema>;

export interface IdLimits {
  /** Number of rows of the model's embedding. */
  readonly vocabSize: number;
  /** Maximum number of tokens in a sequence. */
  readonly contextLength: number;
  readonly least: number;
}

/** How rows become ids; called for text and messages only, so a model without a tokenizer accepts ids. */
export interface RowEncoding {
  readonly text: (text: string) => readonly number[];
  readonly chat: (chat: ChatRow) => readonly number[];
}

function faultOf(ids: readonly number[], limits: IdLimits): string | null {
  const foreign = ids.find((id) => id >= limits.vocabSize);
  if (foreign !== undefined) return `has the id ${foreign}, outside the model's vocabulary of ${limits.vocabSize}`;
  if (ids.length < limits.least) return `has ${ids.length} tokens, but at least ${limits.least} are required`;
  if (ids.length > limits.contextLength) {
    return `has ${ids.length} tokens, but the model accepts at most ${limits.contextLength}`;
  }
  return null;
}

/** Ids of a conversation, or why the tokenizer or its template refuses it. */
export function chatIds(
  row: Readonly<Record<string, unknown>>,
  key: string,
  encode: RowEncoding['chat'],
): { readonly ids: readonly number[] } | { readonly why: string } {
  const chat = chatOfRow(row, key);
  if ('why' in chat) return chat;
  try {
    return { ids: encode(chat) };
  } catch (error) {
    if (error instanceof KeelError && error.code.startsWith('tokenizer.'))
      return { why: `cannot be used: ${error.why}` };
    throw error;
  }
}

function idsOf(row: TextOrIds, encoding: RowEncoding): { readonly ids: readonly number[] } | { readonly why: string } {
  if (row.messages !== undefined) return chatIds(row, 'messages', encoding.chat);
  return { ids: row.ids ?? encoding.text(row.text ?? '') };
}

/** Token ids of every row. Throws `input_rows_bad` with every row that the model cannot process. */
export function idsOfRows(
  rows: readonly InputRow<TextOrIds>[],
  encoding: RowEncoding,
  limits: IdLimits,
): (readonly number[])[] {
  const faults: Fault[] = [];
  const all = rows.map(({ line, row }) => {
    const found = idsOf(row, encoding);
    const why = 'why' in found ? found.why : faultOf(found.ids, limits);
    if (why) faults.push({ where: `line ${line}`, why });
    return 'ids' in found ? found.ids : [];
  });
  if (faults.length > 0) throw inputError(faults);
  return all;
}
