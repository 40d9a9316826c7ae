import type { Message, TemplateInputs } from '../../records.ts';
import { RowTrouble } from '../row-trouble.ts';
import { templateInputs } from './template-inputs.ts';
import { toMessage } from './to-message.ts';

/** A conversation and what its template receives besides the messages. */
export interface ChatRow {
  readonly messages: readonly Message[];
  readonly template?: TemplateInputs;
}

/** The conversation of an input row with messages under a key, or what is wrong with it. */
export function chatOfRow(row: Readonly<Record<string, unknown>>, key: string): ChatRow | { readonly why: string } {
  try {
    const messages = (row[key] as readonly unknown[]).map((turn, index) => toMessage(turn, key, index));
    const template = templateInputs({ line: 0, fields: new Map(Object.entries(row)) });
    return { messages, ...(template && { template }) };
  } catch (trouble) {
    if (trouble instanceof RowTrouble) return { why: trouble.message };
    throw trouble;
  }
}
