import type { MetricRow } from '#contract/api/runs/run-records.ts';
import { pageError } from '../../../state/page-error.ts';
import { useConnection } from '../../../state/use-connection.ts';
import { useToasts } from '../../../state/use-toasts.ts';

/** Steps per request, which keeps messages small for long runs. */
const STEPS_AT_ONCE = 5000;

/** Reads complete series as CSV, with metric keys as column names. A step without a value has an empty cell. */
export function useRunCsv(id: string) {
  const connection = useConnection();
  const toasts = useToasts();

  async function rowsOf(
    keys: readonly string[],
    range: readonly [number, number] | null,
  ): Promise<readonly MetricRow[]> {
    const client = await connection.api();
    const { extent } = await client.runs.series({ run: id, keys: [...keys], buckets: 1 });
    const [first, last] = range ?? extent ?? [0, -1];
    const rows: MetricRow[] = [];
    for (let from = Math.floor(first); from <= last; from += STEPS_AT_ONCE) {
      const toStep = Math.min(last, from + STEPS_AT_ONCE - 1);
      rows.push(...(await client.runs.metrics({ run: id, keys: [...keys], fromStep: from, toStep })));
    }
    return rows;
  }

  /** Returns null on failure, after showing the error to the user. */
  async function read(keys: readonly string[], range: readonly [number, number] | null): Promise<string | null> {
    try {
      const bySteps = Map.groupBy(await rowsOf(keys, range), ({ step }) => step);
      const lines = [...bySteps]
        .sort(([one], [other]) => one - other)
        .map(([step, rows]) => {
          const values = new Map(rows.map(({ key, value }) => [key, value]));
          return [step, ...keys.map((key) => values.get(key) ?? '')].join(',');
        });
      return [['step', ...keys].join(','), ...lines, ''].join('\r\n');
    } catch (caught) {
      toasts.fail(pageError(caught));
      return null;
    }
  }

  return { read };
}
