import type { GenerateRequest } from '#contract/api/jobs.ts';

/** How the next token is sampled; the same for both sides. */
export interface Sampling {
  readonly maxNewTokens: number;
  readonly temperature: number;
  readonly topK: number;
  readonly topP: number;
  readonly seed: number;
  /** One per line. */
  readonly stop: string;
  readonly usesTemplate: boolean;
  /** Whether special tokens that the prompt spells out stay text or are read as tokens. */
  readonly specialTokens: 'text' | 'parse';
}

/** The form's initial values. */
export const SAMPLING: Sampling = {
  maxNewTokens: 64,
  temperature: 0.7,
  topK: 0,
  topP: 1,
  seed: 0,
  stop: '',
  usesTemplate: true,
  specialTokens: 'text',
};
/** New tokens per part of an answer. */
const PART_TOKENS = 4;

/** One turn of a conversation, as a chat template reads it. */
export interface Turn {
  readonly role: 'user' | 'assistant';
  readonly content: string;
}

/**
 * Builds the request to a model. The prompt is sent as one turn of a conversation if the template is enabled and the
 * model has one, after the turns before it, otherwise as plain text. Models of one conversation stay in memory, adapters of one base beside it.
 */
export function generateRequest(
  {
    prompt,
    sampling,
    before = [],
  }: { readonly prompt: string; readonly sampling: Sampling; readonly before?: readonly Turn[] },
  model: string,
  folder: string,
  hasChatTemplate: boolean,
  conversation: string,
): GenerateRequest {
  const { usesTemplate, stop, ...settings } = sampling;
  const turns = [...before, { role: 'user' as const, content: prompt }];
  const row = { prompt: usesTemplate && hasChatTemplate ? turns : prompt };
  const stops = stop.split('\n').filter(Boolean);
  return { folder, model, input: { rows: [row] }, ...settings, stop: stops, partTokens: PART_TOKENS, conversation };
}
