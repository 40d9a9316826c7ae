import { useDebounceFn, useThrottleFn } from '@vueuse/core';
import { computed, type Ref, shallowRef, watch } from 'vue';
import type { StudyReport } from '#contract/api/runs/planned-studies.ts';
import type { ApiClient } from '#contract/api/typed-client.ts';
import { pageError } from '../../state/page-error.ts';
import { useConnection } from '../../state/use-connection.ts';
import { useRequest } from '../../state/use-request.ts';
import { useRuns } from '../../state/use-runs.ts';
import { useToasts } from '../../state/use-toasts.ts';

/** What the viewer compares by, where it differs from the study's config. */
export interface ReportChoice {
  readonly by?: StudyReport['by'];
  readonly kl?: number;
}

/** How often a running study is looked at; its report reads every evaluation. */
const STATE_MILLISECONDS = 500;
const REPORT_MILLISECONDS = 8000;

/** A planned study, live: the state of its runs, and its report, which is read again as runs are evaluated. */
export function useStudy(id: Ref<number>) {
  const connection = useConnection();
  const toasts = useToasts();
  const runs = useRuns();
  const planned = useRequest((client, study: number) => client.studies.planned({ id: study }));
  const report = useRequest((client, study: number, choice: ReportChoice) => {
    return client.studies.report({ id: study, ...choice });
  });
  const draft = useRequest((client, study: number) => client.studies.draft({ id: study }));
  const choice = shallowRef<ReportChoice>({});
  const isBusy = shallowRef(false);
  const state = computed(() => planned.answer.value ?? report.answer.value?.planned ?? null);

  const readReport = () => report.load(id.value, choice.value);
  const readReportSoon = useThrottleFn(readReport, REPORT_MILLISECONDS, true);
  const readState = useThrottleFn(() => planned.load(id.value), STATE_MILLISECONDS, true);
  /** What the report depends on: how far each run is. */
  const steps = computed(
    () => state.value?.entries.map(({ run, step, state: of }) => `${run} ${step} ${of}`).join() ?? '',
  );

  async function open(): Promise<void> {
    choice.value = {};
    await Promise.all([planned.load(id.value), readReport(), draft.load(id.value)]);
  }

  /** Compares by another score, or at another KL. */
  const chooseSoon = useDebounceFn(readReport, 150);
  function choose(changed: ReportChoice): void {
    choice.value = { ...choice.value, ...changed };
    void chooseSoon();
  }

  async function act(work: (client: ApiClient) => Promise<unknown>): Promise<void> {
    isBusy.value = true;
    try {
      await work(await connection.api());
    } catch (caught) {
      toasts.fail(pageError(caught));
    } finally {
      isBusy.value = false;
      await planned.load(id.value);
    }
  }
  const stop = (now: boolean) => act((client) => client.studies.stop({ id: id.value, now }));
  const resume = () => act((client) => client.studies.resume({ id: id.value }));

  watch(id, () => void open(), { immediate: true });
  watch(
    () => runs.byId,
    () => void readState(),
  );
  watch(steps, (now, before) => {
    if (before !== '' && now !== before) void readReportSoon();
  });

  const error = computed(() => planned.error.value ?? report.error.value);
  return {
    planned: state,
    report: report.answer,
    config: computed(() => draft.answer.value?.config ?? null),
    error,
    isReading: report.isLoading,
    isBusy,
    choice,
    choose,
    stop,
    resume,
  };
}
