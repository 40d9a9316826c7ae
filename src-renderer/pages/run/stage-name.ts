import { stageTitle } from '#contract/page-words.ts';

/** A pipeline's stage as the page calls it. */
export function stageName(stage: string | null): string {
  return stage === null ? '' : stageTitle(stage);
}
