/** One line of a plot, which shows a metric. */
export interface LineSpec {
  readonly key: string;
  readonly label: string;
  readonly side?: 'right';
  readonly isDashed?: boolean;
  /** The line is 1 minus the metric, for example the share of ended responses from the share of truncated ones. */
  readonly isComplement?: boolean;
  /** The line is the metric divided by this number, for example to show bytes in gigabytes. */
  readonly per?: number;
}

/** One thing that a plot can show; a plot with several variants shows one at a time. */
export interface PlotVariant {
  readonly label: string;
  readonly unit: string;
  /** The unit to use next to the variant's name. */
  readonly shortUnit?: string;
  readonly lines: readonly LineSpec[];
}

export interface PlotSpec {
  readonly id: string;
  readonly title: string;
  readonly variants: readonly PlotVariant[];
  readonly isStacked?: boolean;
  /** The metric whose sentence is shown below the plot. */
  readonly about: string;
}

/** A plot with one variant. */
export const plot = (
  id: string,
  title: string,
  unit: string,
  lines: readonly LineSpec[],
  more: Partial<PlotSpec> = {},
): PlotSpec => ({
  id,
  title,
  variants: [{ label: '', unit, lines }],
  about: lines[0]?.key ?? '',
  ...more,
});
