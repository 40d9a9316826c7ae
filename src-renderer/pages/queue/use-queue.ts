import { computed, watch } from 'vue';
import { pageError } from '../../state/page-error.ts';
import { useConnection } from '../../state/use-connection.ts';
import { useRequest } from '../../state/use-request.ts';
import { useRuns } from '../../state/use-runs.ts';
import { useToasts } from '../../state/use-toasts.ts';

/** The runs at work and those that wait, in the order in which they will start. */
export function useQueue() {
  const connection = useConnection();
  const runs = useRuns();
  const toasts = useToasts();
  const order = useRequest((client) => client.runs.queue());
  const waiting = computed(() => (order.answer.value ?? []).flatMap((id) => runs.byId.get(id) ?? []));
  const working = computed(() => {
    const ids = new Set<string>(order.answer.value ?? []);
    return runs.active.filter(({ id }) => !ids.has(id));
  });

  async function attempt(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
      await order.load();
    } catch (caught) {
      toasts.fail(pageError(caught));
    }
  }

  /** Moves a waiting run by some places. */
  function move(id: string, by: number): Promise<void> {
    const ids = waiting.value.map((run) => run.id as string).filter((one) => one !== id);
    const at = waiting.value.findIndex((run) => run.id === id) + by;
    return attempt(async () => (await connection.api()).runs.move({ run: id, before: ids[Math.max(0, at)] ?? null }));
  }
  const leave = (id: string) => attempt(async () => (await connection.api()).runs.stop({ run: id }));

  watch(
    () => runs.active.map(({ id, state }) => `${id} ${state}`).join(),
    () => void order.load(),
    { immediate: true },
  );
  return { waiting, working, error: order.error, move, leave };
}
