import type { z } from 'zod';
import { type Fault, IS_MISSING } from '../../errors.ts';
import { listFields, objectOf } from '../fields/list-fields.ts';
import { isPlain } from '../preset.ts';
import { recipeList } from '../recipes.ts';
import { valueAt } from '../value-at.ts';
import { nearestName } from './nearest-name.ts';

type Issue = z.core.$ZodIssue;

function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');
}

function shown(value: unknown): string {
  if (typeof value === 'number' || value === undefined) return String(value);
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

function schemaAt(root: z.ZodObject, path: readonly PropertyKey[]): z.ZodObject | null {
  return path.reduce<z.ZodObject | null>(
    (schema, key) => (schema && key in schema.shape ? objectOf(schema.shape[String(key)] as z.ZodType) : null),
    root,
  );
}

/** The field of a schema with this name, wherever it is. */
function fieldNamed(root: z.ZodObject, key: string): string | undefined {
  return listFields(root).find(({ path }) => path === key || path.endsWith(`.${key}`))?.path;
}

/** Where a field of another recipe belongs, and what this recipe has in its place. */
function foreignKeyFix(root: z.ZodObject, key: string): string | null {
  const owners = recipeList.filter(({ schema }) => schema !== root && fieldNamed(schema, key) !== undefined);
  if (owners.length === 0) return null;
  if ('stages' in root.shape) {
    const { name, schema } = owners[0]!;
    return `Set it in a stage, for example stages.${name.replaceAll('-', '_')}.${fieldNamed(schema, key)}.`;
  }
  const titles = new Intl.ListFormat('en').format(owners.map(({ title }) => title));
  const own = recipeList.find(({ schema }) => schema === root);
  const isAnchor = owners.some(({ anchor }) => anchor?.path.endsWith(`.${key}`));
  const instead = own?.anchor && isAnchor ? ` The counterpart in ${own.title} is ${own.anchor.path}.` : '';
  return `Remove it: "${key}" is a field of ${titles}.${instead}`;
}

/** Suggests where a misplaced key belongs, or the right spelling of a misspelled one. */
function unknownKeyFix(root: z.ZodObject, path: readonly PropertyKey[], key: string): string {
  const siblings = Object.keys(schemaAt(root, path)?.shape ?? {});
  const elsewhere = fieldNamed(root, key);
  if (elsewhere) return `It belongs to ${elsewhere}.`;
  const foreign = foreignKeyFix(root, key);
  if (foreign) return foreign;
  const near = nearestName(key, siblings);
  if (near) return `Did you mean "${near}"?`;
  const all = new Map(listFields(root).map((one) => [one.path.split('.').at(-1)!, one.path]));
  const guess = nearestName(key, [...all.keys()]);
  return guess ? `Did you mean "${all.get(guess)}"?` : `Remove it. Known fields here: ${siblings.join(', ')}.`;
}

function typeFault(issue: Issue & { code: 'invalid_type' }, value: unknown): Omit<Fault, 'where'> {
  if (value === undefined) return { why: IS_MISSING, fix: 'Set a value.' };
  const wanted = { int: 'a whole number', number: 'a number', string: 'a text', boolean: 'true or false' };
  const expected = wanted[issue.expected as keyof typeof wanted] ?? `a ${issue.expected}`;
  const isQuoted =
    typeof value === 'string' && value.trim() !== '' && expected.includes('number') && !Number.isNaN(+value);
  return {
    why: `is ${typeof value === 'string' ? 'the text ' : ''}${shown(value)}, not ${expected}`,
    fix: isQuoted ? 'Remove the quotes.' : `Use ${expected}.`,
  };
}

/** The types that a group with a `type` can have. */
function typesOf({ options }: Issue & { code: 'invalid_union'; options?: unknown }): string {
  const known = Array.isArray(options) ? options.map((option) => JSON.stringify(option)) : [];
  return known.length > 0 ? `Use ${known.join(' or ')}.` : 'See docs/config.md.';
}

function explain(issue: Issue, value: unknown): Omit<Fault, 'where'> {
  switch (issue.code) {
    case 'invalid_type':
      return typeFault(issue, value);
    case 'too_small':
      return { why: `is ${shown(value)}, below the minimum of ${issue.minimum}`, fix: `Use ${issue.minimum} or more.` };
    case 'too_big':
      return { why: `is ${shown(value)}, above the maximum of ${issue.maximum}`, fix: `Use ${issue.maximum} or less.` };
    case 'invalid_value':
      return {
        why: `is ${shown(value)}`,
        fix: `Use ${issue.values.map((item) => JSON.stringify(item)).join(' or ')}.`,
      };
    case 'invalid_union':
      return {
        why: `is ${shown(isPlain(value) ? value.type : value)}, which is not a known type`,
        fix: typesOf(issue),
      };
    default:
      return { why: issue.message, fix: 'See docs/config.md.' };
  }
}

/** Converts zod's issues to {@link Fault}s, one per field. */
export function configFaults(error: z.ZodError, schema: z.ZodObject, input: unknown): readonly Fault[] {
  return error.issues.flatMap((issue): Fault[] => {
    const where = pathText(issue.path);
    if (issue.code !== 'unrecognized_keys') return [{ where, ...explain(issue, valueAt(input, issue.path)) }];
    return issue.keys.map((key) => ({
      where: where ? `${where}.${key}` : key,
      why: 'is not a known field',
      fix: unknownKeyFix(schema, issue.path, key),
    }));
  });
}
