/**
 * Whether everything runs, as `npm run test:long` has it. `npm test` leaves out what takes minutes and has a shorter
 * sibling: another hand on the same way, another recipe in the same loop, another family in the same export.
 */
export const isLongForm = process.env.KEEL_LONG_FORM === '1';

/** All members of a list, or, in the short form, those that the condition chooses. */
export function inShort<Member>(
  all: readonly Member[],
  isKept: (member: Member, index: number) => boolean,
): readonly Member[] {
  return isLongForm ? all : all.filter(isKept);
}
