import type { RowNoteKind } from '#contract/api/runs/data-ledger.ts';
import type { DataRecord, Message, TemplateInputs, Text } from '../../records.ts';
import { orNull } from '../chat/or-null.ts';
import { escapePattern } from '../steps/split-patterns.ts';
import type { Tokenizer } from '../tokenizer.ts';
import type { FittedRow } from './fit-row.ts';

/** What the tokenizer's side of a row leaves out or reads otherwise than one might expect. */
export type RecordNoteKind = Exclude<RowNoteKind, 'unused_column'>;

export interface RecordNote {
  readonly kind: RecordNoteKind;
  /** The key or the token that it is about. */
  readonly name: string | null;
  /** How often it occurs in the record. */
  readonly count: number;
}

interface Conversation {
  readonly messages: readonly Message[];
  readonly template: TemplateInputs | undefined;
  readonly addGenerationPrompt: boolean;
}

function textsOf(record: DataRecord): readonly Text[] {
  if (record.kind === 'prompt') return [record.prompt];
  if (record.kind === 'comparison') return [record.prompt, record.chosen, record.rejected];
  return [...(record.prompt === null ? [] : [record.prompt]), record.completion];
}

/** The conversations that the template renders for a record. */
function conversationsOf(record: DataRecord): readonly Conversation[] {
  const { template } = record;
  const addGenerationPrompt = record.kind === 'prompt';
  const [first, ...replies] = textsOf(record);
  if (typeof first === 'string' || first === undefined) return [];
  const endings = replies.filter((reply) => typeof reply !== 'string');
  const whole = endings.length === 0 ? [first] : endings.map((reply) => [...first, ...reply]);
  return whole.map((messages) => ({ messages, template, addGenerationPrompt }));
}

/** Keys that Keel or every template reads. */
const ALWAYS_READ: ReadonlySet<string> = new Set(['role', 'content', 'weight']);

/** A conversation without one of its keys, by the key's name. */
function withoutEach({
  messages,
  template,
}: Conversation): ReadonlyMap<string, Pick<Conversation, 'messages' | 'template'>> {
  const variants = new Map<string, Pick<Conversation, 'messages' | 'template'>>();
  const keys = new Set(
    messages.flatMap((message) =>
      Object.entries(message).flatMap(([key, value]) =>
        ALWAYS_READ.has(key) || value === null ? [] : [JSON.stringify([message.role, key])],
      ),
    ),
  );
  for (const at of keys) {
    const [role, key] = JSON.parse(at) as [string, string];
    const rest = messages.map((message) => {
      if (message.role !== role) return message;
      return Object.fromEntries(Object.entries(message).filter(([name]) => name !== key)) as unknown as Message;
    });
    variants.set(`${key} of ${role} messages`, { messages: rest, template });
  }
  const { variables, ...lists } = template ?? {};
  for (const key of Object.keys(lists) as (keyof typeof lists)[]) {
    const { [key]: _, ...rest } = template ?? {};
    variants.set(key, { messages, template: rest });
  }
  for (const key of Object.keys(variables ?? {})) {
    const { [key]: _, ...rest } = variables ?? {};
    variants.set(`chat_template_kwargs.${key}`, { messages, template: { ...template, variables: rest } });
  }
  return variants;
}

/** Names of the keys without which the template renders the same conversation. */
function ignoredFields(tokenizer: Tokenizer, chat: Conversation): string[] {
  const variants = [...withoutEach(chat)];
  if (variants.length === 0) return [];
  const whole = tokenizer.renderChat(chat.messages, chat);
  return variants
    .filter(([, rest]) => orNull(() => tokenizer.renderChat(rest.messages, { ...chat, ...rest })) === whole)
    .map(([name]) => name);
}

/** Every text below a value. */
function stringsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(stringsIn);
}

/** A pattern that finds special tokens in text, the longest at each place. */
export function specialPattern({ specialTokens }: Pick<Tokenizer, 'specialTokens'>): RegExp | null {
  const spellings = specialTokens.filter((token) => token !== '').sort((a, b) => b.length - a.length);
  return spellings.length === 0 ? null : new RegExp(spellings.map(escapePattern).join('|'), 'g');
}

/** How often the texts of a record spell each special token. */
function spelledSpecials(record: DataRecord, pattern: RegExp | null): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  if (pattern === null) return counts;
  const { origin: _, kind: __, ...texts } = record;
  for (const text of stringsIn(texts)) {
    for (const [token] of text.matchAll(pattern)) counts.set(token, (counts.get(token) ?? 0) + 1);
  }
  return counts;
}

function untrainedNotes(rows: readonly Pick<FittedRow, 'untrained'>[]): RecordNote[] {
  const sum = (key: 'empty' | 'weightless' | 'changed') =>
    rows.reduce((total, { untrained }) => total + (untrained?.[key] ?? 0), 0);
  const counts = [
    ['empty_turn', sum('empty')],
    ['weight_zero', sum('weightless')],
    ['changed_turn', sum('changed')],
  ] as const;
  return counts.filter(([, count]) => count > 0).map(([kind, count]) => ({ kind, name: null, count }));
}

/** Tells what a record leaves out; {@link Tokenizer.renderChat} is called once more for each key beyond role and content. */
export function createRecordNotes(
  tokenizer: Tokenizer,
): (record: DataRecord, rows: readonly Pick<FittedRow, 'untrained'>[]) => readonly RecordNote[] {
  const pattern = specialPattern(tokenizer);
  return (record, rows) => {
    const chats = conversationsOf(record);
    const ignored = new Set(chats.flatMap((chat) => ignoredFields(tokenizer, chat)));
    const hasParts = chats.some(({ messages }) => messages.some(({ content }) => Array.isArray(content)));
    return [
      ...[...ignored].map((name): RecordNote => ({ kind: 'ignored_field', name, count: 1 })),
      ...[...spelledSpecials(record, pattern)].map(
        ([name, count]): RecordNote => ({ kind: 'spelled_special', name, count }),
      ),
      ...(hasParts && tokenizer.joinsParts() ? [{ kind: 'joined_parts', name: null, count: 1 } as const] : []),
      ...(chats.length > 0 && tokenizer.asksForDate() ? [{ kind: 'no_date', name: null, count: 1 } as const] : []),
      ...untrainedNotes(rows),
    ];
  };
}
