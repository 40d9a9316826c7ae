import { computed, shallowRef } from 'vue';
import type { BlindPair, RatingResult, Verdict } from '#contract/api/library/ratings.ts';
import { pageError } from '../../state/page-error.ts';
import { useConnection } from '../../state/use-connection.ts';
import { useRequest } from '../../state/use-request.ts';
import { useToasts } from '../../state/use-toasts.ts';

/** One blind rating: its pairs, the verdicts, and, at the end, the runs behind the responses. */
export function useRating(session: number) {
  const connection = useConnection();
  const toasts = useToasts();
  const request = useRequest((client) => client.ratings.pairs({ session }));
  const pairs = shallowRef<readonly BlindPair[]>([]);
  const position = shallowRef(0);
  const result = shallowRef<RatingResult | null>(null);
  const file = shallowRef<{
    readonly file: string;
    readonly rows: number;
    readonly leftOut: number;
    readonly dataset: number;
  } | null>(null);

  const current = computed(() => pairs.value[position.value] ?? null);
  const rated = computed(() => pairs.value.filter(({ verdict }) => verdict !== null).length);

  async function load(): Promise<void> {
    const loaded = await request.load();
    if (!loaded) return;
    pairs.value = loaded;
    const open = loaded.findIndex(({ verdict }) => verdict === null);
    position.value = open === -1 ? loaded.length : open;
    const client = await connection.api();
    const known = (await client.ratings.list()).find(({ id }) => id === session);
    if (known?.finishedAt) result.value = await client.ratings.result({ session });
  }

  async function attempt<Answer>(work: () => Promise<Answer>): Promise<Answer | null> {
    try {
      return await work();
    } catch (caught) {
      toasts.fail(pageError(caught));
      return null;
    }
  }

  /** Shows the verdict immediately and reverts it if the host fails to store it. */
  async function rate(verdict: Verdict): Promise<void> {
    const at = position.value;
    const before = pairs.value;
    if (!before[at]) return;
    pairs.value = before.map((pair) => (pair.position === at ? { ...pair, verdict } : pair));
    position.value = at + 1;
    const stored = await attempt(async () => (await connection.api()).ratings.rate({ session, position: at, verdict }));
    if (stored) return;
    pairs.value = pairs.value.map((pair) => (pair.position === at ? before[at]! : pair));
    position.value = at;
  }

  async function finish(): Promise<void> {
    result.value = await attempt(async () => (await connection.api()).ratings.finish({ session }));
  }

  async function exportPairs(): Promise<void> {
    file.value = await attempt(async () => (await connection.api()).ratings.exportPairs({ session }));
  }

  function go(by: number): void {
    position.value = Math.max(0, Math.min(pairs.value.length, position.value + by));
  }

  return {
    pairs,
    position,
    current,
    rated,
    result,
    file,
    error: request.error,
    isLoading: request.isLoading,
    load,
    rate,
    go,
    finish,
    exportPairs,
  };
}
