/** How long items removed from the library can be restored. */
export const KEPT_MILLISECONDS = 24 * 3600 * 1000;
