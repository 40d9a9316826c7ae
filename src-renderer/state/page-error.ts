import { fromTypedError } from '#contract/api/typed-client.ts';
import { KeelError } from '#contract/errors.ts';

/** Converts any error to one that can be shown to the user. Unexpected errors are labeled as such. */
export function pageError(error: unknown): KeelError {
  const typed = fromTypedError(error);
  if (typed instanceof KeelError) return typed;
  const words = error instanceof Error ? error.message : String(error);
  if (/not open|closed or aborted/i.test(words)) {
    const why = 'The connection to the host was lost during this operation.';
    return new KeelError({ code: 'connection_lost', why, fix: 'Keel reconnects automatically; then try again.' });
  }
  if (isAbort(error)) return new KeelError({ code: 'canceled', why: 'Canceled.', fix: '', kind: 'canceled' });
  return new KeelError({
    code: 'unexpected',
    why: `Unexpected error: ${words}`,
    fix: 'Try again.',
  });
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}
