import { contentText, saysNothing, withoutSpeech } from '../../message-text.ts';
import type { Message, TemplateInputs, TokenRow } from '../../records.ts';
import { orNull } from '../chat/or-null.ts';
import type { ChatEncoding, Tokenizer } from '../tokenizer.ts';

/**
 * How conversations with several assistant turns are trained if the template shows earlier turns differently once
 * others follow: on the turns that stand `unchanged`, or with `expand` on one row for each turn. `former` trains every
 * turn, empty ones included, as earlier versions did.
 */
export type MultiTurn = 'unchanged' | 'expand' | 'former';

/** Number of assistant turns of a conversation that are not trained, by reason. */
export interface UntrainedTurns {
  /** Turns without text, reasoning or tool call. */
  readonly empty: number;
  /** Turns with `weight: 0`. */
  readonly weightless: number;
  /** Turns that the template shows differently than they were when they were generated. */
  readonly changed: number;
}

type Reason = keyof UntrainedTurns;

/** A conversation and what its template receives besides the messages. */
export interface Chat {
  readonly messages: readonly Message[];
  readonly template: TemplateInputs | undefined;
}

/** Whether a turn has no text, and the template shows nothing of its tool calls or reasoning either. */
function isEmptyTurn(tokenizer: Tokenizer, { messages, template }: Chat, turn: number): boolean {
  const message = messages[turn] as Message;
  if (saysNothing(message)) return true;
  if (contentText(message).trim() !== '') return false;
  const silent = messages.with(turn, { ...withoutSpeech(message), content: '' });
  return orNull(() => tokenizer.renderChat(silent, { template })) === tokenizer.renderChat(messages, { template });
}

/** Assistant turns, from one on, that must not be imitated, whatever the template does. */
function excludedTurns(tokenizer: Tokenizer, chat: Chat, multiTurn: MultiTurn, from = 0): ReadonlyMap<number, Reason> {
  if (multiTurn === 'former') return new Map();
  const turns = chat.messages.flatMap((message, turn): [number, Reason][] => {
    if (message.role !== 'assistant' || turn < from) return [];
    if (message.weight === 0) return [[turn, 'weightless']];
    return isEmptyTurn(tokenizer, chat, turn) ? [[turn, 'empty']] : [];
  });
  return new Map(turns);
}

function count(reasons: Iterable<Reason>): UntrainedTurns {
  const counts = { empty: 0, weightless: 0, changed: 0 };
  for (const reason of reasons) counts[reason]++;
  return counts;
}

/** A row of a conversation, and how many of its assistant turns it does not train. */
export interface ChatRow {
  readonly row: TokenRow;
  readonly untrained: UntrainedTurns;
}

/** Which tokens of an encoded conversation are trained: those of its assistant turns, without the excluded ones. */
export function trainedTurns(tokenizer: Tokenizer, chat: Chat, encoding: ChatEncoding, multiTurn: MultiTurn): ChatRow {
  const excluded = excludedTurns(tokenizer, chat, multiTurn);
  const changed = encoding.changedTurns.filter((turn) => !excluded.has(turn));
  // A span of no turn in particular might be the excluded one.
  const isTrained = (turn: number | null) =>
    turn !== null && !excluded.has(turn) && (turn !== -1 || excluded.size === 0);
  return {
    row: { ids: encoding.ids, trained: encoding.turns.map(isTrained) },
    untrained: count([...excluded.values(), ...changed.map(() => 'changed' as const)]),
  };
}

/** Which tokens of a response are trained: all but those of its excluded turns. `from`: index of its first message. */
export function trainedReply(
  tokenizer: Tokenizer,
  chat: Chat,
  turns: ChatEncoding['turns'],
  multiTurn: MultiTurn,
  from: number,
): { readonly trained: (index: number) => boolean; readonly untrained: UntrainedTurns } {
  const excluded = excludedTurns(tokenizer, chat, multiTurn, from);
  const trained = (index: number) => !excluded.has(turns[index] ?? -1);
  return { trained, untrained: count(excluded.values()) };
}

/**
 * One row for each assistant turn that is trained: the conversation up to that turn, of which it alone is trained. Null
 * if every turn stands unchanged in the whole conversation, which then holds the same tokens once.
 */
export function expandedTurns(tokenizer: Tokenizer, chat: Chat): readonly ChatRow[] | null {
  const { messages, template } = chat;
  if (tokenizer.changedTurns(messages, template).length === 0) return null;
  const excluded = excludedTurns(tokenizer, chat, 'expand');
  const trained = messages.flatMap(({ role }, turn) => (role === 'assistant' && !excluded.has(turn) ? [turn] : []));
  return trained.map((turn, index) => {
    const { ids, turns, changedTurns } = tokenizer.applyChatTemplate(messages.slice(0, turn + 1), { template });
    const lost = changedTurns.includes(turn) ? (['changed'] as const) : [];
    const own = index === 0 ? [...excluded.values()] : [];
    return { row: { ids, trained: turns.map((one) => one === turn) }, untrained: count([...own, ...lost]) };
  });
}
