/** What a person has begun in the form of a new run. */
export interface DraftContent {
  /** The config as text. */
  readonly text: string;
  /** What its relative paths are relative to; null for the data folder. */
  readonly baseFolder: string | null;
}

const MARK = '{"keel_draft":1,';

/** A draft as it is kept: the config alone, or with its folder where that is not the data folder. */
export function writeDraft({ text, baseFolder }: DraftContent): string {
  if (text === '' || baseFolder === null) return text;
  return JSON.stringify({ keel_draft: 1, base_folder: baseFolder, config: text });
}

/** Reads what {@link writeDraft} has written; any other text is a config by itself. */
export function readDraftContent(kept: string): DraftContent {
  if (!kept.startsWith(MARK)) return { text: kept, baseFolder: null };
  try {
    const { base_folder: baseFolder, config } = JSON.parse(kept) as Record<string, unknown>;
    if (typeof baseFolder === 'string' && typeof config === 'string') return { text: config, baseFolder };
  } catch {
    // It was written by hand, then, and the form tells what is wrong with it.
  }
  return { text: kept, baseFolder: null };
}
