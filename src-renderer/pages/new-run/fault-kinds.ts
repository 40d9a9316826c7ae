import type { Fault } from '#contract/errors.ts';

/** True where nothing is wrong yet, only not filled in. */
export const isMissing = ({ why }: Fault): boolean => why === 'is missing';
