import { KeelError } from '#contract/errors.ts';

/** What a template renders, or null if it fails or refuses. */
export function orNull(render: () => string): string | null {
  try {
    return render();
  } catch (error) {
    if (error instanceof KeelError) return null;
    throw error;
  }
}
