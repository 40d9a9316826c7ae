/** A label next to the end of a line. `y` is the vertical middle of its text, in pixels. */
export interface EndLabel {
  readonly text: string;
  readonly color: string;
  readonly y: number;
}

/** Moves labels apart as little as possible, so that none overlap and all stay between top and bottom. */
export function spreadLabels(labels: readonly EndLabel[], gap: number, top: number, bottom: number): EndLabel[] {
  const sorted = labels.toSorted((one, other) => one.y - other.y);
  const placed: EndLabel[] = [];
  for (const label of sorted) {
    const least = placed.length === 0 ? top : placed[placed.length - 1]!.y + gap;
    placed.push({ ...label, y: Math.max(label.y, least) });
  }
  for (let at = placed.length - 1, most = bottom; at >= 0; at -= 1) {
    placed[at] = { ...placed[at]!, y: Math.min(placed[at]!.y, most) };
    most = placed[at]!.y - gap;
  }
  return placed;
}

/** The heights that something takes in a plot, in pixels from the top. */
export interface Taken {
  readonly top: number;
  readonly bottom: number;
}

/** Between a label and what it must not cover. */
const CLEARANCE = 2;

/**
 * Puts each label of some height as close to its line's end as it gets without covering a line or another label; one
 * that finds no such place stays at its line's end.
 */
export function placeLabels(
  labels: readonly EndLabel[],
  lines: readonly Taken[],
  height: number,
  { top, bottom }: Taken,
): EndLabel[] {
  const half = height / 2 + CLEARANCE;
  const taken: Taken[] = [...lines];
  return labels.map((label) => {
    const isFree = (y: number) =>
      y - half >= top && y + half <= bottom && taken.every((one) => y + half <= one.top || y - half >= one.bottom);
    const places = [label.y, ...taken.flatMap((one) => [one.top - half, one.bottom + half])].filter(isFree);
    const y = places.toSorted((one, other) => Math.abs(one - label.y) - Math.abs(other - label.y))[0] ?? label.y;
    taken.push({ top: y - height / 2, bottom: y + height / 2 });
    return { ...label, y };
  });
}
