import { describe, expect, it } from 'vitest';
import { compileTemplate } from '#engine/tokenizer/chat/bounded-template.ts';
import { asCode, type Expected, readChatFixture, renderHere } from './chat-golden.ts';

interface Case extends Expected {
  readonly group: string;
  readonly template: string;
}

const { data, cases } = JSON.parse(readChatFixture('expressions.json').toString()) as {
  data: Record<string, unknown>;
  cases: Case[];
};
const groups = Map.groupBy(cases, ({ group }) => group);
/** Snippets that jinja2 renders and Keel refuses, instead of rendering them differently. */
const REFUSED = 'refused by Keel';

describe('expressions render as in jinja2', () => {
  it.each([...groups].filter(([name]) => name !== REFUSED))('%s', (_, group) => {
    expect(group.map(({ template }) => ({ template, ...renderHere(template, data) }))).toEqual(
      group.map(({ template, ...expected }) => ({ template, ...asCode(expected) })),
    );
  });

  it('what Keel does not have is refused, never rendered differently', () => {
    const known = groups.get(REFUSED) ?? [];
    expect(known.length).toBeGreaterThan(20);
    expect(known.filter(({ text }) => text === undefined)).toEqual([]);
    expect(known.filter(({ template }) => renderHere(template, data).text !== undefined)).toEqual([]);
  });
});

describe('data', () => {
  it.each([
    ['whole numbers are ints, because JavaScript does not keep 1.0 apart', '{{ x }} {{ x is integer }}', 1.0, '1 True'],
    ['a fraction is a float', '{{ x | tojson }}', 0.5, '0.5'],
    ['negative zero is an int', '{{ x }}', -0, '0'],
    ['nested data keeps its types', '{{ x }}', { a: [null, true, { b: 1.5 }] }, "{'a': [None, True, {'b': 1.5}]}"],
    ['a property that is undefined is missing', '{{ x }}', { a: undefined, b: null }, "{'b': None}"],
    [
      'names of Object are no attributes',
      '{{ x.constructor is defined }}{{ x.__proto__ is defined }}',
      {},
      'FalseFalse',
    ],
    ['an own property __proto__ is a key', "{{ x['__proto__'] }}", JSON.parse('{"__proto__": 1}'), '1'],
  ])('%s', (_, template, x, text) => {
    expect(compileTemplate(template)({ x })).toBe(text);
  });

  it('a number that JavaScript has rounded can be passed on, but not printed', () => {
    const x = JSON.parse('{ "id": 12345678901234567890, "name": "a" }');
    expect(compileTemplate('{{ x.name }}')({ x })).toBe('a');
    for (const template of ['{{ x.id }}', '{{ x }}', '{{ x | tojson }}', '{{ x.id + 1 }}', '{{ x.id > 1 }}'])
      expect(() => compileTemplate(template)({ x }), template).toThrow(/above 2\^53/);
  });
});
