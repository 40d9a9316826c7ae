import {
  type GeneratedPart,
  type GeneratedToken,
  type GenerateRequest,
  generatedPartSchema,
} from '#contract/api/jobs.ts';
import type { ApiClient } from '#contract/api/typed-client.ts';
import type { KeelError } from '#contract/errors.ts';
import { pageError } from '../../state/page-error.ts';
import type { Turn } from './generate-request.ts';

/** One model's response so far. */
export interface Answer {
  readonly reference: string;
  readonly name: string;
  /** The turns of the conversation before this prompt; empty at its beginning. */
  readonly before: readonly Turn[];
  /** The exact text that was sent to the model; null until then. */
  readonly sent: GeneratedPart['sent'];
  readonly tokens: readonly GeneratedToken[];
  readonly text: string;
  /** `loading` until the first token, `stopped` by the user. */
  readonly state: 'loading' | 'answering' | 'ended' | 'full' | 'stopped' | 'failed';
  readonly error: KeelError | null;
}

export function emptyAnswer(reference: string, name: string, before: readonly Turn[] = []): Answer {
  return { reference, name, before, sent: null, tokens: [], text: '', state: 'loading', error: null };
}

/** Appends one part to an answer. */
export function grown(answer: Answer, part: GeneratedPart): Answer {
  const state = part.end === 'stop' ? 'ended' : part.end === 'length' ? 'full' : 'answering';
  const tokens = [...answer.tokens, ...part.tokens];
  return { ...answer, sent: part.sent ?? answer.sent, tokens, text: part.text, state };
}

/** Sends the request to a model and reports the answer as it grows; resolves when it ends for any reason. */
export async function askModel(
  client: ApiClient,
  request: GenerateRequest,
  begun: Answer,
  tell: (answer: Answer) => void,
  signal: AbortSignal,
): Promise<void> {
  let answer = begun;
  const next = (change: Answer) => {
    answer = change;
    tell(answer);
  };
  next(begun);
  try {
    for await (const message of await client.jobs.generate(request, { signal })) {
      if (message.kind !== 'rows') continue;
      next(message.rows.reduce<Answer>((grow, row) => grown(grow, generatedPartSchema.parse(row)), answer));
    }
  } catch (caught) {
    const error = pageError(caught);
    if (!signal.aborted && error.kind !== 'canceled') return next({ ...answer, state: 'failed', error });
  }
  if (answer.state === 'loading' || answer.state === 'answering') next({ ...answer, state: 'stopped' });
}
