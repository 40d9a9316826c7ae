import type { Points } from '#contract/metrics/thin-points.ts';

/** The quantity on the x-axis. */
export type PlotAxis = 'step' | 'tokens' | 'wall';

/** First and last visible step. */
export type PlotRange = readonly [from: number, to: number];

/** One line of a plot. */
export interface PlotLine {
  readonly key: string;
  readonly label: string;
  /** A CSS variable, such as `--series-1`. */
  readonly color: string;
  readonly points: Points;
  /** The values to smooth if the points were thinned. */
  readonly means: Points | null;
  /** Number of points in the store, before thinning. */
  readonly count: number;
  /** Lines with a different unit use the right scale. */
  readonly side?: 'left' | 'right';
  readonly isDashed?: boolean;
}

export type MarkKind = 'checkpoint' | 'best' | 'resume' | 'change' | 'note';

/** Something that happened at a step, marked on the axis. */
export interface PlotMark {
  readonly id: string;
  readonly step: number;
  readonly kind: MarkKind;
  readonly title: string;
  readonly text: string;
}

/** Name and color of each kind of mark. */
export const MARK_LOOKS: Readonly<Record<MarkKind, { readonly name: string; readonly color: string }>> = {
  checkpoint: { name: 'Checkpoint', color: '--ink-faint' },
  best: { name: 'Best checkpoint', color: '--good' },
  resume: { name: 'Resumed', color: '--info' },
  change: { name: 'Changed manually', color: '--accent' },
  note: { name: 'Warning', color: '--warn' },
};
