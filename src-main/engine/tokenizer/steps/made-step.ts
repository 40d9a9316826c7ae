import type { StepJson } from '../files/tokenizer-json.ts';

/** A part of a tokenizer file as what does its work, or why Keel cannot do it as the Rust library does. */
export type Made<T> = { readonly made: T } | { readonly refused: string };

/** What makes the steps of one kind, by their type in the file. */
export type StepMakers<T> = Readonly<Record<string, (step: StepJson) => Made<T>>>;

/** Makes a step, or says by its name why it cannot be made. */
export function makeStep<T>(step: StepJson, makers: StepMakers<T>): Made<T> {
  const maker = Object.hasOwn(makers, step.type) ? makers[step.type] : undefined;
  if (maker === undefined) return { refused: `the step ${JSON.stringify(step.type)} is not supported` };
  const result = maker(step);
  return 'made' in result ? result : { refused: `the step ${JSON.stringify(step.type)}: ${result.refused}` };
}

/** Makes steps that were checked before. */
export function makeSteps<T>(steps: readonly StepJson[], makers: StepMakers<T>): T[] {
  return steps.map((step) => {
    const result = makeStep(step, makers);
    if ('made' in result) return result.made;
    throw new TypeError(`A tokenizer's step was not checked: ${result.refused}`);
  });
}
