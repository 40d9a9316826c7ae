import { shallowRef } from 'vue';

/** Rows rendered per frame: a whole page at once would block everything else for a tenth of a second. */
const ROWS_OF_A_FRAME = 5;

/**
 * Returns the visible rows to render now: those already rendered, the focused one, and a few more; the others follow
 * in the next frames. Call it while the table renders.
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
