import type { StoredSample } from '#contract/api/runs/run-records.ts';
import type { RunStep } from '#contract/api/runs/studies.ts';
import { KeelError } from '#contract/errors.ts';
import type { RunHost } from '../../runs/host/run-host.ts';
import { listSampleSteps, readSamplesAt } from '../../store/queries/samples.ts';
import { findCompared, type WithConfig } from './compared-run.ts';

export interface StepSamples extends WithConfig {
  readonly step: number;
  readonly samples: readonly StoredSample[];
}

/** Two responses to one prompt. */
export interface Matched {
  readonly ours: StoredSample;
  readonly theirs: StoredSample;
}

/** The responses of a run at a step, or at its last step if none is given. Throws `samples_missing`. */
export function samplesAtStep(host: RunHost, wanted: RunStep): StepSamples {
  const { read } = host.setup.store;
  const found = findCompared(host, wanted.run);
  const steps = listSampleSteps(read, found.run.number).map(({ step }) => step);
  const step = wanted.step ?? steps.at(-1);
  if (step !== undefined && steps.includes(step)) {
    return { ...found, step, samples: readSamplesAt(read, found.run.number, step) };
  }
  const named = steps.slice(0, 20).join(', ');
  throw new KeelError({
    code: 'samples_missing',
    why: `The run ${found.run.id} has no responses at ${step === undefined ? 'any step' : `step ${step}`}.`,
    fix: steps.length > 0 ? `It has some at ${named}.` : 'Runs that train a policy keep them at every evaluation.',
  });
}

/** Matches responses to equal prompts; a prompt that occurs more than once in the data counts once. */
export function matchByPrompt(ours: readonly StoredSample[], theirs: readonly StoredSample[]): readonly Matched[] {
  const byPrompt = (samples: readonly StoredSample[]) =>
    new Map(samples.toReversed().map((sample) => [sample.prompt, sample]));
  const others = byPrompt(theirs);
  return [...byPrompt(ours).values()]
    .flatMap((sample) => {
      const other = others.get(sample.prompt);
      return other ? [{ ours: sample, theirs: other }] : [];
    })
    .sort((one, other) => one.ours.promptIndex - other.ours.promptIndex);
}
