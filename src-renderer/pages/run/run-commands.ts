import { type Ref, shallowRef } from 'vue';
import type { RunDetail } from '#contract/api/runs/run-state.ts';
import type { Command } from '../../state/use-commands.ts';
import type { RunVerb } from './run-verbs.ts';

/** Keyboard commands of the run page: space pauses and continues; `[` and `]` step through the checkpoints. */
export function runCommands(
  detail: Readonly<Ref<RunDetail | null>>,
  act: (verb: RunVerb) => void,
  openStep: (step: number) => void,
): readonly Command[] {
  const at = shallowRef(Number.MAX_SAFE_INTEGER);
  const walk = (isBack: boolean) => {
    const steps = (detail.value?.checkpoints ?? []).map(({ step }) => step);
    const next = isBack ? steps.findLast((step) => step < at.value) : steps.find((step) => step > at.value);
    if (next === undefined) return;
    at.value = next;
    openStep(next);
  };
  const toggle = () => {
    if (detail.value?.state === 'running') act('pause');
    else if (detail.value?.state === 'paused') act('unpause');
  };
  const group = 'This run';
  return [
    { id: 'run-pause', title: 'Pause or continue', group, keys: 'space', run: toggle },
    { id: 'run-previous', title: 'Previous checkpoint', group, keys: '[', run: () => walk(true) },
    { id: 'run-next', title: 'Next checkpoint', group, keys: ']', run: () => walk(false) },
    { id: 'run-checkpoint', title: 'Save checkpoint now', group, run: () => act('checkpoint') },
    { id: 'run-stop', title: 'Stop after this step', group, run: () => act('stop') },
    { id: 'run-change', title: 'Change a live setting', group, run: () => act('change') },
  ];
}
