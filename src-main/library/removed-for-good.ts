/** What a person has removed from the library can be brought back for so long. */
export const KEPT_MILLISECONDS = 24 * 3600 * 1000;
