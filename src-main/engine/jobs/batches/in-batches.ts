import type { JobContext } from '../job-context.ts';

export interface BatchWork<Item, Answer> {
  readonly phase: string;
  readonly items: readonly Item[];
  /** Length in tokens, which decides which items share a batch. */
  readonly lengthOf: (item: Item) => number;
  /** Number of rows in a batch whose longest item has this many tokens. */
  readonly rowsFor: (longest: number) => number;
  /** Answers of one batch, in its order. `indices` are the positions of its items in the input. */
  readonly answer: (
    batch: readonly Item[],
    indices: readonly number[],
  ) => readonly Answer[] | Promise<readonly Answer[]>;
}

/**
 * Indices grouped by length, so that a batch needs little padding; the longest come first and show early what fits into
 * memory.
 */
function batchesByLength<Item, Answer>({ items, lengthOf, rowsFor }: BatchWork<Item, Answer>): number[][] {
  const order = items.map((_, index) => index).sort((a, b) => lengthOf(items[b]!) - lengthOf(items[a]!) || a - b);
  const batches: number[][] = [];
  for (let start = 0; start < order.length; start += batches.at(-1)!.length) {
    batches.push(order.slice(start, start + rowsFor(lengthOf(items[order[start]!]!))));
  }
  return batches;
}

/**
 * Processes a short job's items batch by batch and reports its rows in input order and its progress. Returns the number
 * of rows, or null if the job was stopped.
 */
export async function answerInBatches<Item, Answer>(
  work: BatchWork<Item, Answer>,
  { control, tell }: Pick<JobContext, 'control' | 'tell'>,
): Promise<number | null> {
  const total = work.items.length;
  const answers = new Map<number, Answer>();
  let told = 0;
  let done = 0;
  const started = performance.now();
  for (const batch of batchesByLength(work)) {
    if ((await control.boundary(done)).stop) {
      tell({ kind: 'stopped', step: null });
      return null;
    }
    const result = await work.answer(
      batch.map((index) => work.items[index]!),
      batch,
    );
    batch.forEach((index, place) => {
      answers.set(index, result[place]!);
    });
    done += batch.length;
    const rows: Answer[] = [];
    while (answers.has(told)) {
      rows.push(answers.get(told)!);
      answers.delete(told);
      told += 1;
    }
    if (rows.length > 0) tell({ kind: 'rows', rows });
    const rate = (done * 1000) / Math.max(performance.now() - started, 1);
    tell({
      kind: 'progress',
      progress: { phase: work.phase, done, total, unit: 'row', rate, secondsLeft: (total - done) / rate },
    });
  }
  return total;
}
