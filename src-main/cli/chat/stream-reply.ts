import { type GenerateRequest, generatedPartSchema } from '#contract/api/jobs.ts';
import { type ApiClient, fromTypedError } from '#contract/api/typed-client.ts';
import { KeelError } from '#contract/errors.ts';
import { createProgressLine, formatProgress } from '../progress-line.ts';
import type { Shell } from '../shell.ts';

/** The assistant's answer; what had been generated, if it was interrupted. */
export interface Reply {
  readonly text: string;
  readonly ids: readonly number[];
  readonly end: 'stop' | 'length' | 'interrupted';
}

const REPLACEMENT = '\uFFFD';

/** Text that cannot change any more: a character whose bytes are incomplete is decoded as a replacement. */
function settled(text: string): string {
  let end = text.length;
  while (end > 0 && text[end - 1] === REPLACEMENT) end -= 1;
  return text.slice(0, end);
}

/** Calls back with what a growing text adds, once it is settled. */
function additions(onText: (text: string) => void) {
  let told = '';
  return (text: string, isWhole: boolean) => {
    const shown = isWhole ? text : settled(text);
    // A stop text takes back what came before it: what has been shown stays.
    if (!shown.startsWith(told) || shown.length === told.length) return;
    onText(shown.slice(told.length));
    told = shown;
  };
}

/** A conversation that the model cannot take says so about itself, not about a line of input. */
function ofConversation(error: unknown): unknown {
  const known = fromTypedError(error);
  if (!(known instanceof KeelError) || known.code !== 'input_rows_bad') return known;
  const why = known.faults?.[0]?.why ?? 'cannot be used';
  return new KeelError({
    code: 'chat_refused',
    why: `The conversation ${why.replace(/\.$/, '')}.`,
    fix: why.includes('limit')
      ? 'Start over with /reset, or choose a lower --max-new-tokens.'
      : "Use --prompt for plain text, or give the model's folder a chat template (chat_template.jinja).",
    cause: known,
  });
}

/**
 * Generates one answer and passes it on as it grows; Ctrl-C ends it where it is. Throws `chat_refused`, and what
 * loading a model throws.
 */
export async function streamReply(
  shell: Shell,
  client: ApiClient,
  request: GenerateRequest,
  onText: (text: string) => void,
): Promise<Reply> {
  const abort = new AbortController();
  const endWatch = shell.onInterrupt(() => abort.abort());
  const line = createProgressLine({ ...shell, remark: shell.isTerminal ? shell.remark : () => undefined }, () =>
    performance.now(),
  );
  const tell = additions(onText);
  let reply: Reply = { text: '', ids: [], end: 'interrupted' };
  try {
    for await (const message of await client.jobs.generate(request, { signal: abort.signal })) {
      if (message.kind === 'log') shell.remark(`${message.level}: ${message.text}\n`);
      if (message.kind === 'progress' && reply.ids.length === 0) line.show(formatProgress(message.progress));
      if (message.kind !== 'rows') continue;
      line.end();
      for (const part of message.rows.map((row) => generatedPartSchema.parse(row))) {
        const ids = [...reply.ids, ...part.tokens.map(({ id }) => id)];
        reply = { text: part.text, ids, end: part.end ?? 'interrupted' };
        tell(part.text, part.end !== null);
      }
    }
  } catch (error) {
    if (!abort.signal.aborted) throw ofConversation(error);
  } finally {
    endWatch();
    line.end();
  }
  return reply;
}
