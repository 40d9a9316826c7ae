import { computed, shallowRef } from 'vue';
import type { SampleStep, StoredSample } from '#contract/api/runs/run-records.ts';
import type { KeelError } from '#contract/errors.ts';
import { pageError } from '../../state/page-error.ts';
import { useConnection } from '../../state/use-connection.ts';

/** Steps whose responses stay in memory, enough for scrubbing back and forth. */
const KEPT_MOMENTS = 24;

/** The responses of one run to its fixed prompts, one step at a time; the whole run is never loaded. */
export function useSamples(run: string) {
  const connection = useConnection();
  const steps = shallowRef<readonly SampleStep[]>([]);
  const replies = shallowRef<ReadonlyMap<number, readonly StoredSample[]>>(new Map());
  const error = shallowRef<KeelError | null>(null);
  const isReady = shallowRef(false);
  const wanted = new Map<number, Promise<void>>();

  async function attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
      error.value = null;
    } catch (caught) {
      error.value = pageError(caught);
    }
  }

  /** Loads the list of steps; cheap, and repeated during the run. */
  function refresh(): Promise<void> {
    return attempt(async () => {
      const client = await connection.api();
      steps.value = await client.runs.sampleSteps({ run });
      isReady.value = true;
    });
  }

  async function read(step: number): Promise<void> {
    const client = await connection.api();
    const samples = await client.runs.samplesAt({ run, step });
    const start = steps.value[0]?.step;
    const kept = [...replies.value].filter(([known]) => known !== step);
    const oldest = kept.find(([known]) => known !== start)?.[0];
    const trimmed = kept.length < KEPT_MOMENTS ? kept : kept.filter(([known]) => known !== oldest);
    replies.value = new Map([...trimmed, [step, samples]]);
  }

  /** Loads the responses at a step, unless they are loaded or loading. */
  function load(step: number): Promise<void> {
    if (replies.value.has(step)) return Promise.resolve();
    const underWay = wanted.get(step);
    if (underWay) return underWay;
    const work = attempt(() => read(step)).finally(() => wanted.delete(step));
    wanted.set(step, work);
    return work;
  }

  const start = computed(() => replies.value.get(steps.value[0]?.step ?? -1) ?? []);
  return { steps, replies, start, error, isReady, refresh, load };
}
