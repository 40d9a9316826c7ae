import type { Fault } from '#contract/errors.ts';

/** Whether a field is merely missing, not wrong. */
export const isMissing = ({ why }: Fault): boolean => why === 'is missing';
