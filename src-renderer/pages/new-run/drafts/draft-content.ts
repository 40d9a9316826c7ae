/** The user's unfinished work in the new-run form. */
export interface DraftContent {
  /** The config as text. */
  readonly text: string;
  /** The folder its relative paths are relative to; null for the data folder. */
  readonly baseFolder: string | null;
}

const MARK = '{"keel_draft":1,';

/** Serializes a draft: the config alone, or with its folder if that is not the data folder. */
export function writeDraft({ text, baseFolder }: DraftContent): string {
  if (text === '' || baseFolder === null) return text;
  return JSON.stringify({ keel_draft: 1, base_folder: baseFolder, config: text });
}

/** Reads the output of {@link writeDraft}; treats any other text as a config. */
export function readDraftContent(kept: string): DraftContent {
  if (!kept.startsWith(MARK)) return { text: kept, baseFolder: null };
  try {
    const { base_folder: baseFolder, config } = JSON.parse(kept) as Record<string, unknown>;
    if (typeof baseFolder === 'string' && typeof config === 'string') return { text: config, baseFolder };
  } catch {
    // Then it was written by hand, and the form shows what is wrong with it.
  }
  return { text: kept, baseFolder: null };
}
