/** The location of a model's config, tokenizer, and weights. */
export interface PlacedModel {
  readonly folder: string;
  /** Checkpoint whose policy replaces the folder's weights. */
  readonly checkpoint: string | null;
}
