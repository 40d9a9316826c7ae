import type { StepJson } from '../files/tokenizer-json.ts';

/** The implementation of a part of a tokenizer file, or why Keel cannot match the Rust library's behavior. */
export type Made<T> = { readonly made: T } | { readonly refused: string };

/** Functions that create the steps of one kind, by their type in the file. */
export type StepMakers<T> = Readonly<Record<string, (step: StepJson) => Made<T>>>;

/** Creates a step, or returns its name and why it cannot be created. */
export function makeStep<T>(step: StepJson, makers: StepMakers<T>): Made<T> {
  const maker = Object.hasOwn(makers, step.type) ? makers[step.type] : undefined;
  if (maker === undefined) return { refused: `the step ${JSON.stringify(step.type)} is not supported` };
  const result = maker(step);
  return 'made' in result ? result : { refused: `the step ${JSON.stringify(step.type)}: ${result.refused}` };
}

/** Creates steps that have been checked before. */
export function makeSteps<T>(steps: readonly StepJson[], makers: StepMakers<T>): T[] {
  return steps.map((step) => {
    const result = makeStep(step, makers);
    if ('made' in result) return result.made;
    throw new TypeError(`A tokenizer step was not checked: ${result.refused}`);
  });
}
