import type { GenerateRequest } from '#contract/api/jobs.ts';

/** How the next token is drawn; the same for both sides. */
export interface Sampling {
  readonly maxNewTokens: number;
  readonly temperature: number;
  readonly topK: number;
  readonly topP: number;
  readonly seed: number;
  /** A line each. */
  readonly stop: string;
  readonly usesTemplate: boolean;
}

/** What the form starts with. */
export const SAMPLING: Sampling = {
  maxNewTokens: 64,
  temperature: 0.7,
  topK: 0,
  topP: 1,
  seed: 0,
  stop: '',
  usesTemplate: true,
};
/** New tokens between two parts of an answer. */
const PART_TOKENS = 4;

/**
 * What a model is asked. The prompt goes as one turn of a conversation where the template is wished for and the model
 * has one, else as plain text.
 */
export function generateRequest(
  { prompt, sampling }: { readonly prompt: string; readonly sampling: Sampling },
  model: string,
  folder: string,
  hasChatTemplate: boolean,
): GenerateRequest {
  const { usesTemplate, stop, ...settings } = sampling;
  const row = { prompt: usesTemplate && hasChatTemplate ? [{ role: 'user', content: prompt }] : prompt };
  const stops = stop.split('\n').filter(Boolean);
  return { folder, model, input: { rows: [row] }, ...settings, stop: stops, partTokens: PART_TOKENS };
}
