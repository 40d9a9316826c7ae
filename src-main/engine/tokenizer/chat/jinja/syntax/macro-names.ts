import type { Body } from './nodes.ts';

const SPECIAL = ['caller', 'kwargs', 'varargs'];

/**
 * Which of `caller`, `kwargs` and `varargs` a macro's body reads: jinja2 hands a macro only those that it uses, and
 * refuses a call with other arguments.
 */
export function specialNamesRead(body: Body): ReadonlySet<string> {
  const read = new Set<string>();
  visit(body, read);
  return read;
}

function visit(node: unknown, read: Set<string>): void {
  if (typeof node !== 'object' || node === null || node instanceof Set) return;
  if ('kind' in node && node.kind === 'name' && 'name' in node && typeof node.name === 'string') {
    if (SPECIAL.includes(node.name)) read.add(node.name);
    return;
  }
  for (const child of Object.values(node)) visit(child, read);
}
