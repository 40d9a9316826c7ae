import { watchDebounced } from '@vueuse/core';
import { computed, type Ref, shallowRef } from 'vue';
import type { Admission } from '#contract/api/runs/admission.ts';
import type { ConfigDraft } from '#contract/config/config-draft.ts';
import { type Fault, isMissing } from '#contract/errors.ts';
import { useTask } from '../../state/use-task.ts';

/** After this pause in writing, the config's files and folders are checked. */
const PAUSE_MILLISECONDS = 900;

/** The form itself shows the faults of values, at each key. */
const isOfValue = ({ code }: Fault) => code === undefined || code === 'config_invalid';

/**
 * Checks what a config refers to while it is being written, as a start would: folders, files, columns, rows, lengths,
 * and disk space. A config that still lacks something is not checked.
 */
export function useAdmission(draft: Ref<ConfigDraft>, baseFolder: Ref<string>, found: Ref<readonly Fault[]>) {
  const task = useTask<Admission>();
  const notes = shallowRef<readonly string[]>([]);
  const isReady = computed(() => draft.value.raw !== null && !draft.value.faults.some(isMissing));

  async function check(): Promise<void> {
    task.cancel();
    if (!isReady.value || baseFolder.value === '') {
      [found.value, notes.value] = [[], []];
      return;
    }
    const request = { config: draft.value.text, baseFolder: baseFolder.value };
    const admission = await task.start(({ runs }, signal) => runs.check(request, { signal }));
    if (draft.value.text !== request.config) return;
    const error = task.error.value;
    // For example, a path that the page may not use.
    if (error)
      found.value = error.faults ?? [
        { where: 'config', why: error.why.replace(/\.$/, ''), fix: error.fix, code: error.code },
      ];
    if (!admission) return;
    show(admission.faults);
    notes.value = admission.notes;
  }

  /** Shows faults with which the server has refused a start. */
  function show(faults: readonly Fault[]): void {
    found.value = faults.filter((fault) => !isOfValue(fault));
  }

  watchDebounced([() => draft.value.text, baseFolder], check, { debounce: PAUSE_MILLISECONDS, immediate: true });
  return { notes, isChecking: task.isWorking, show };
}
