import type { Points } from '#contract/metrics/thin-points.ts';

/** What steps are drawn over. */
export type PlotAxis = 'step' | 'tokens' | 'wall';

/** First and last step in sight. */
export type PlotRange = readonly [from: number, to: number];

/** One line of a plot. */
export interface PlotLine {
  readonly key: string;
  readonly label: string;
  /** A CSS variable, such as `--series-1`. */
  readonly color: string;
  readonly points: Points;
  /** What a smoothed line is made of where points were thinned. */
  readonly means: Points | null;
  /** Points in the store, before thinning. */
  readonly count: number;
  /** Lines of another unit have the scale at the right. */
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

/** How each kind of mark looks: its letter stands in the list, its color underlines it. */
export const MARK_LOOKS: Readonly<Record<MarkKind, { readonly name: string; readonly color: string }>> = {
  checkpoint: { name: 'Checkpoint', color: '--ink-faint' },
  best: { name: 'Best checkpoint', color: '--good' },
  resume: { name: 'Resumed', color: '--info' },
  change: { name: 'Changed by hand', color: '--accent' },
  note: { name: "Doctor's note", color: '--warn' },
};
