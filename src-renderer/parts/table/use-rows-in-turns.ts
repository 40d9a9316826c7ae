import { shallowRef } from 'vue';

/** Rows of a frame: a page of them at once would hold up everything else for a tenth of a second. */
const ROWS_OF_A_FRAME = 5;

/**
 * Of the rows in sight those to draw now: the ones that are drawn already, the one in focus, and a few more; the others
 * follow with the next frames. To be called while the table renders.
 * @param nextFrame calls back before the next frame is drawn.
 */
export function useRowsInTurns(keyOf: (index: number) => string, nextFrame: (draw: () => void) => void) {
  const turn = shallowRef(0);
  let drawn: ReadonlySet<string> = new Set();

  return <Item extends { readonly index: number }>(items: readonly Item[], focused: number): readonly Item[] => {
    void turn.value;
    let left = ROWS_OF_A_FRAME;
    const now = items.filter(({ index }) => drawn.has(keyOf(index)) || index === focused || left-- > 0);
    drawn = new Set(now.map(({ index }) => keyOf(index)));
    if (now.length < items.length) nextFrame(() => (turn.value += 1));
    return now;
  };
}
