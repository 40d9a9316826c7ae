import { stageTitle } from '#contract/page-words.ts';

/** The display name of a pipeline stage. */
export function stageName(stage: string | null): string {
  return stage === null ? '' : stageTitle(stage);
}
