import type { Emit } from '../session/context.ts';

/** Takes the reports of a recipe whose results nobody keeps. */
export const NOBODY: Emit = {
  metrics: () => undefined,
  samples: () => undefined,
  progress: () => undefined,
  log: () => undefined,
  event: () => undefined,
  artifact: () => undefined,
  input: () => undefined,
  checkpoint: () => undefined,
};
