import { HubApiError } from '@huggingface/hub';
import { KeelError } from '#contract/errors.ts';

/** Converts an error response of the hub to a typed error with a fix. */
export function hubError(error: unknown, repository: string): unknown {
  if (!(error instanceof HubApiError)) return error;
  const { statusCode: status } = error;
  if (status === 404) {
    return new KeelError({
      code: 'hub_not_found',
      why: `The hub has no model ${repository} at this revision, or it is private.`,
      fix: 'Check the name: owner/name, as in the URL of the model page.',
    });
  }
  if (status === 401 || status === 403) {
    return new KeelError({
      code: 'hub_gated',
      why: `The hub denied access to ${repository} (${status}).`,
      fix:
        'Accept the terms on the model page, then start Keel with KEEL_HUB_TOKEN set to a token that may read the ' +
        'model. The hub gives the same response for a name that does not exist.',
    });
  }
  const isBusy = status === 429 || status >= 500;
  return new KeelError({
    code: 'hub_failed',
    why: `The hub responded with ${status} for ${repository}.`,
    fix: isBusy ? 'Try again later; downloaded data is kept.' : 'Check the name and the revision.',
  });
}
