import { KeelError } from '#contract/errors.ts';

/** Refuses to measure what several workers would need: what is measured is one engine. Throws `preflight_workers`. */
export function refuseWorkers({ on }: { readonly on?: { readonly workers?: number } | null }): void {
  if (!on?.workers) return;
  throw new KeelError({
    code: 'preflight_workers',
    why: 'Preflight measures a run whose model one engine computes; it cannot tell what several workers need.',
    fix:
      'Leave out the workers to measure it on one node: each of n workers then holds about 1/n of the weights and the ' +
      'optimizer state, and what one row needs for its activations.',
  });
}
