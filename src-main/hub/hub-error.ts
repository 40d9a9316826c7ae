import { HubApiError } from '@huggingface/hub';
import { KeelError } from '#contract/errors.ts';

/** What a person can do about an answer of the hub. */
export function hubError(error: unknown, repository: string): unknown {
  if (!(error instanceof HubApiError)) return error;
  const { statusCode: status } = error;
  if (status === 404) {
    return new KeelError({
      code: 'hub_not_found',
      why: `The hub has no model ${repository} at this revision, or it is private.`,
      fix: 'Check the name: owner/name, as in the address of its page.',
    });
  }
  if (status === 401 || status === 403) {
    return new KeelError({
      code: 'hub_gated',
      why: `The hub does not give out ${repository} without permission (${status}).`,
      fix: `Accept its terms on the model's page, then start Keel with KEEL_HUB_TOKEN set to a token that may read it. A name that does not exist is answered like this as well.`,
    });
  }
  const isBusy = status === 429 || status >= 500;
  return new KeelError({
    code: 'hub_failed',
    why: `The hub answered ${status} for ${repository}.`,
    fix: isBusy ? 'Try again in a while; what was fetched is kept.' : 'Check the name and the revision.',
  });
}
