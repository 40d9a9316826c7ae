import { TemplateFault, UnsupportedByKeel } from '../faults.ts';
import { findFilter, findTest } from '../filters/filters.ts';

/**
 * Filters and tests are looked up before anything is rendered, as in jinja2, except inside `if`, where a template may
 * ask first whether a filter exists. Throws a syntax fault, and refuses filters that Keel does not have.
 */
export function checkNames(node: unknown): void {
  if (typeof node !== 'object' || node === null || node instanceof Set) return;
  if ('kind' in node && (node.kind === 'if' || node.kind === 'condition')) return;
  if ('name' in node && 'args' in node && 'line' in node) checkName(node as NamedUse);
  for (const child of Object.values(node)) checkNames(child);
}

interface NamedUse {
  readonly kind?: string;
  readonly name: string;
  readonly line: number;
}

function checkName({ kind, name, line }: NamedUse): void {
  try {
    if (kind === 'test') findTest(name);
    else findFilter(name);
  } catch (error) {
    if (error instanceof UnsupportedByKeel) throw new UnsupportedByKeel(`${error.message} (line ${line})`);
    throw error instanceof TemplateFault
      ? new TemplateFault('TemplateSyntaxError', `line ${line}: ${error.message}`)
      : error;
  }
}
