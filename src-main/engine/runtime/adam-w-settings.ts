/** What stays the same over all updates of an optimizer. */
export interface AdamWSettings {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
  /** Maximum global gradient norm; 0 disables clipping. */
  readonly maxGradNorm: number;
}
