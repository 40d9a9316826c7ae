import type { AttributeValue } from '../graph-builder.ts';

/** What is known about a tensor while a step is recorded without computing: `value` for constants only. */
export interface Meta {
  readonly shape: readonly number[];
  readonly dtype: number;
  readonly value?: ArrayLike<number>;
}

/** Outputs of one operation from its inputs and attributes. */
export type ShapeRule = (inputs: readonly Meta[], attributes: Readonly<Record<string, AttributeValue>>) => Meta[];

/** No rule exists for an operation, or for this use of it; the step is then recorded by computing it. */
export class UnknownShape extends Error {}

export function input(inputs: readonly Meta[], index: number): Meta {
  const found = inputs[index];
  if (!found) throw new UnknownShape(`An operation has no input ${index}.`);
  return found;
}

/** The numbers of a constant input. */
export function constantValue(inputs: readonly Meta[], index: number): number[] {
  const { value } = input(inputs, index);
  if (!value) throw new UnknownShape('A shape depends on a computed tensor.');
  return Array.from(value);
}

export function flag(attributes: Readonly<Record<string, AttributeValue>>, name: string): boolean {
  return attributes[name]?.kind === 'bool' && attributes[name].value;
}

export function integer(attributes: Readonly<Record<string, AttributeValue>>, name: string, otherwise: number): number {
  const found = attributes[name];
  return found?.kind === 'int' || found?.kind === 'type' ? found.value : otherwise;
}

/** An axis counted from the front. */
export const positive = (axis: number, rank: number) => (axis < 0 ? axis + rank : axis);

/** The common shape of two shapes that are broadcast to each other. */
export function broadcast(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const one = a[axis - rank + a.length] ?? 1;
    const other = b[axis - rank + b.length] ?? 1;
    if (one !== other && one !== 1 && other !== 1) throw new UnknownShape(`[${a}] and [${b}] cannot be broadcast.`);
    return one === 1 ? other : one;
  });
}
