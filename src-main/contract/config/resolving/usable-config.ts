import { type Fault, isMissing } from '../../errors.ts';
import { isPlain, type Plain } from '../preset.ts';
import { valueAt, withValueAt } from '../value-at.ts';
import { unsafeKeys } from './merge-preset.ts';

/** Stands for a model or a file that a config should name but does not; it leads nowhere. */
const UNNAMED = 'run:unnamed';

/** A reward that every reader accepts, where a config has none. */
const ANY_REWARD = { type: 'rules', rules: [{ type: 'length', unit: 'words', max: 1 }] };

function standIn(field: string): unknown {
  if (field === 'reward') return ANY_REWARD;
  return field === 'files' || field === 'corpus' ? [UNNAMED] : UNNAMED;
}

function keysOf(where: string): readonly string[] {
  // An item of a list cannot be left out by itself: its whole list is.
  return where.replace(/\[.*$/, '').split('.');
}

function withoutFault(raw: Plain, fault: Fault): Plain {
  const keys = keysOf(fault.where);
  // A default that contradicts another value in its group: without the group, all of them are defaults.
  const isDefault = !isMissing(fault) && keys.length > 1 && valueAt(raw, keys) === undefined;
  if (isDefault) return withValueAt(raw, keys.slice(0, -1), undefined);
  return withValueAt(raw, keys, isMissing(fault) ? standIn(keys.at(-1)!) : undefined);
}

/**
 * A faulty config with its faulty values replaced by defaults, so that what is left of it can be checked as well: a
 * person should learn of everything at once. Returns a config in which a value may still be wrong.
 */
export function withoutFaults(raw: unknown, faults: readonly Fault[]): Plain | null {
  if (!isPlain(raw) || unsafeKeys(raw).length > 0) return null;
  return faults.reduce(withoutFault, raw);
}

/** Whether a place is a field with a fault, or inside it. */
export function isInside(where: string, faulty: readonly Fault[]): boolean {
  return faulty.some((fault) => {
    const path = keysOf(fault.where).join('.');
    return where === path || where.startsWith(`${path}.`) || where.startsWith(`${path}[`);
  });
}
