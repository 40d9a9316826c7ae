/** The end of a line and the text that stands next to it, in pixels. */
interface LineEnd {
  readonly x: number;
  readonly y: number;
  readonly text: string;
}

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Of a digit at 11 px, and what a line of text takes. */
const DIGIT_WIDTH = 7;
const TEXT_HEIGHT = 13;
/** Middle of the text relative to the end: above, below, right, left. */
const AROUND = [
  [0, -14],
  [0, 15],
  [16, 0],
  [-16, 0],
] as const;
const MOST_STACKED = 6;

function boxOf(x: number, y: number, text: string): Box {
  const half = (text.length * DIGIT_WIDTH) / 2;
  return { left: x - half, right: x + half, top: y - TEXT_HEIGHT / 2, bottom: y + TEXT_HEIGHT / 2 };
}

const overlaps = (one: Box, other: Box) =>
  one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;

/** Where the text of each end stands, in the order of the ends: above it if there is room, else around it or higher. */
export function placeEnds(
  ends: readonly LineEnd[],
  plane: { readonly width: number; readonly height: number },
): readonly { readonly x: number; readonly y: number }[] {
  const taken: Box[] = [];
  const isInside = ({ left, right, top, bottom }: Box) =>
    left >= 0 && right <= plane.width && top >= 0 && bottom <= plane.height;
  return ends.map(({ x, y, text }) => {
    const above = Array.from({ length: MOST_STACKED }, (_, at) => [0, AROUND[0][1] - (at + 1) * TEXT_HEIGHT] as const);
    const places = [...AROUND, ...above].map(([dx, dy]) => ({ x: x + dx, y: y + dy }));
    const free = places.find((place) => {
      const box = boxOf(place.x, place.y, text);
      return isInside(box) && !taken.some((one) => overlaps(one, box));
    });
    const place = free ?? places[0]!;
    taken.push(boxOf(place.x, place.y, text));
    return place;
  });
}
