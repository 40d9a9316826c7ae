import { watchDebounced } from '@vueuse/core';
import { computed, shallowRef } from 'vue';
import { useRoute } from 'vue-router';
import { stringify } from 'yaml';
import type { Admission } from '#contract/api/runs/admission.ts';
import type { PlannedStudy, StudyForecast } from '#contract/api/runs/planned-studies.ts';
import type { Fault, KeelError } from '#contract/errors.ts';
import { pageError } from '../../state/page-error.ts';
import { useConnection } from '../../state/use-connection.ts';
import { useTask } from '../../state/use-task.ts';
import { useDraftText } from '../new-run/drafts/use-draft-text.ts';
import { FRESH_STUDY, rawOf } from './study-text.ts';

/** After this pause in writing, the study is checked. */
const PAUSE_MILLISECONDS = 700;

/** The config of a new study: from a run, from another study, from what was left unfinished, or a fresh one. */
export function useNewStudy() {
  const route = useRoute();
  const connection = useConnection();
  const kept = useDraftText('new-study');
  const home = shallowRef('');
  const failure = shallowRef<KeelError | null>(null);
  const faults = shallowRef<readonly Fault[]>([]);
  const notes = shallowRef<readonly string[]>([]);
  const checking = useTask<Admission>();
  const starting = useTask<PlannedStudy>();
  const measuring = useTask<StudyForecast>();
  const measuredText = shallowRef('');

  const raw = computed(() => rawOf(kept.text.value));
  const baseFolder = computed(() => kept.baseFolder.value ?? home.value);
  const request = () => ({ config: kept.text.value, baseFolder: baseFolder.value });

  async function begin(): Promise<void> {
    failure.value = null;
    try {
      const client = await connection.api();
      home.value = (await client.system.host()).home;
      const { run, study } = route.query;
      const left = await kept.load();
      if (!run && !study) return await kept.begin(left?.text ? left : { text: FRESH_STUDY, baseFolder: null });
      const draft = await client.studies.draft(run ? { run: String(run) } : { id: Number(study) });
      const text = stringify(draft.config, { lineWidth: 120 });
      await kept.begin({ text, baseFolder: draft.baseFolder });
    } catch (caught) {
      failure.value = pageError(caught);
    }
  }

  /** Takes the config of a run or a study instead of what is written. */
  async function take(source: { readonly run: string } | { readonly id: number }): Promise<void> {
    failure.value = null;
    try {
      const draft = await (await connection.api()).studies.draft(source);
      kept.baseFolder.value = draft.baseFolder;
      kept.text.value = stringify(draft.config, { lineWidth: 120 });
    } catch (caught) {
      failure.value = pageError(caught);
    }
  }

  async function check(): Promise<void> {
    checking.cancel();
    if (kept.text.value === '' || baseFolder.value === '') return;
    const asked = request();
    const admission = await checking.start(({ studies }, signal) => studies.check(asked, { signal }));
    if (kept.text.value !== asked.config) return;
    const error = checking.error.value;
    if (error) faults.value = error.faults ?? [{ where: 'config', why: error.why.replace(/\.$/, ''), fix: error.fix }];
    if (!admission) return;
    [faults.value, notes.value] = [admission.faults, admission.notes];
  }
  watchDebounced([kept.text, baseFolder], check, { debounce: PAUSE_MILLISECONDS });

  async function measure(): Promise<void> {
    const asked = request();
    const forecast = await measuring.start(({ studies }, signal) => studies.measure(asked, { signal }) as never);
    if (forecast) measuredText.value = asked.config;
  }

  /** Adds the study and starts its first run; null if it was refused. */
  async function start(): Promise<number | null> {
    const asked = request();
    const planned = await starting.start(({ studies }, signal) => studies.begin(asked, { signal }));
    if (!planned) return null;
    await kept.forget();
    return planned.study.id;
  }

  const isStale = computed(() => measuredText.value !== kept.text.value);
  return {
    kept,
    raw,
    baseFolder,
    home,
    failure,
    faults,
    notes,
    checking,
    starting,
    measuring,
    isStale,
    begin,
    take,
    measure,
    start,
  };
}
