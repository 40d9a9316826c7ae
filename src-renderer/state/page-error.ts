import { fromTypedError } from '#contract/api/typed-client.ts';
import { KeelError } from '#contract/errors.ts';

/** Any failure as what a person is shown. What the host did not expect is told as such. */
export function pageError(error: unknown): KeelError {
  const typed = fromTypedError(error);
  if (typed instanceof KeelError) return typed;
  const words = error instanceof Error ? error.message : String(error);
  if (/not open|closed or aborted/i.test(words)) {
    const why = 'The connection to the host broke while this was under way.';
    return new KeelError({ code: 'connection_lost', why, fix: 'It is taken up again by itself; then try once more.' });
  }
  if (isAbort(error)) return new KeelError({ code: 'canceled', why: 'Canceled.', fix: '', kind: 'canceled' });
  return new KeelError({
    code: 'unexpected',
    why: `Something failed that should not: ${words}`,
    fix: 'Try once more.',
  });
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}
