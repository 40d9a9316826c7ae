/** One line of a plot, by its metric. */
export interface LineSpec {
  readonly key: string;
  readonly label: string;
  readonly side?: 'right';
  readonly isDashed?: boolean;
  /** The line is 1 minus the metric, as the share of responses that ended is of the share that was cut. */
  readonly isComplement?: boolean;
  /** The line is the metric in this many of its units, as gigabytes are of bytes. */
  readonly per?: number;
}

/** What one plot may show; a plot with several variants shows one at a time. */
export interface PlotVariant {
  readonly label: string;
  readonly unit: string;
  /** The unit where the variant's name stands beside it. */
  readonly shortUnit?: string;
  readonly lines: readonly LineSpec[];
}

export interface PlotSpec {
  readonly id: string;
  readonly title: string;
  readonly variants: readonly PlotVariant[];
  readonly isStacked?: boolean;
  /** The metric whose sentence stands under the plot. */
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
