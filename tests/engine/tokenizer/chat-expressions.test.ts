import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { KeelError } from '#contract/errors.ts';
import { compileTemplate } from '#engine/tokenizer/chat/bounded-template.ts';

interface Case {
  readonly group: string;
  readonly template: string;
  readonly text?: string;
  readonly error?: string;
}

const file = join(import.meta.dirname, '../../fixtures/chat-templates/expressions.json');
const { data, cases } = JSON.parse(readFileSync(file, 'utf8')) as { data: Record<string, unknown>; cases: Case[] };

function rendered(template: string): Pick<Case, 'text' | 'error'> {
  try {
    return { text: compileTemplate(template)(data) };
  } catch (error) {
    if (error instanceof KeelError) return { error: `${error.code}: ${error.why}` };
    throw error;
  }
}

const groups = Map.groupBy(cases, ({ group }) => group);

/** Groups of snippets that jinja2 renders and Keel refuses, instead of rendering them differently. */
const REFUSED = 'refused by Keel';

describe('expressions render as in jinja2', () => {
  it.each([...groups].filter(([name]) => name !== REFUSED))('%s', (_, group) => {
    const actual = group.map(({ template }) => ({ template, ...rendered(template) }));
    const expected = group.map(({ template, text }, index) => {
      return { template, ...(text === undefined ? { error: actual[index]?.error ?? 'raises' } : { text }) };
    });
    expect(actual).toEqual(expected);
  });

  it('what Keel does not have is refused, never rendered differently', () => {
    const known = groups.get(REFUSED) ?? [];
    expect(known.length).toBeGreaterThan(20);
    expect(known.filter(({ text }) => text === undefined)).toEqual([]);
    expect(known.filter(({ template }) => rendered(template).text !== undefined)).toEqual([]);
  });
});
