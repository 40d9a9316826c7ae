/** What the panel beside the content shows: nothing, the doctor's findings, or the live settings. */
export type Inspected = 'health' | 'dials' | null;
