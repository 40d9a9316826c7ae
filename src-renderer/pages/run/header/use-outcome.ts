import { computed, shallowRef, watch } from 'vue';
import { useRequest } from '../../../state/use-request.ts';
import type { LiveRun } from '../use-run.ts';
import { outcomeOf } from './outcome.ts';

/** The newest values of a run's main metrics: read once, then live. */
export function useOutcome(id: string, live: LiveRun) {
  const latest = useRequest((client) => client.runs.latest({ run: id }));
  const newer = shallowRef<Readonly<Record<string, number>>>({});
  live.onRows((rows) => {
    newer.value = { ...newer.value, ...Object.fromEntries(rows.map(({ key, value }) => [key, value])) };
  });
  const figures = computed(() => {
    const recipe = live.run.value?.recipe;
    return recipe ? outcomeOf({ recipe, figures: { ...latest.answer.value, ...newer.value } }) : [];
  });
  // Once the connection is open and the run is known.
  watch(
    () => live.run.value?.id,
    (known) => known && void latest.load(),
  );
  return { figures };
}
