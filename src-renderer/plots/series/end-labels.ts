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
