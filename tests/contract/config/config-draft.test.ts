import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import {
  formFields,
  presetOf,
  readDraft,
  recipeOf,
  resolveConfig,
  setInText,
  valueAt,
} from '#contract/config/index.ts';
import { KeelError } from '#contract/errors.ts';

const TEXT = `# What this run is for.
recipe: apa # the method
model: some/model
data:
  files: [a.jsonl]
reward:
  type: rules
  rules:
    - type: length # short ones
      unit: words
      max: 20
method:
  apa_lambda: 0.5 # see the sweep
`;

describe('one value is changed in a text', () => {
  test('and comments, order and everything else stay', () => {
    const after = setInText(TEXT, ['method', 'apa_lambda'], 2);
    expect(after).toBe(TEXT.replace('0.5', '2'));
    expect(after).toContain('# What this run is for.');
    expect(after).toContain('apa_lambda: 2 # see the sweep');
    expect(after).toContain('- type: length # short ones');
  });

  test('a group comes with its first field and goes with its last', () => {
    const added = setInText('recipe: apa\n', ['engine', 'threads'], 2);
    expect(parse(added)).toEqual({ recipe: 'apa', engine: { threads: 2 } });
    expect(setInText(added, ['engine', 'threads'], undefined)).toBe('recipe: apa\n');
    expect(setInText('recipe: apa\n', ['engine', 'threads'], undefined)).toBe('recipe: apa\n');
  });

  test('inside lists, and over a value that is no group', () => {
    expect(valueAt(parse(setInText(TEXT, ['reward', 'rules', 0, 'max'], 9)), ['reward', 'rules', 0, 'max'])).toBe(9);
    expect(parse(setInText('recipe: apa\nengine: null\n', ['engine', 'threads'], 2)).engine).toEqual({ threads: 2 });
    expect(parse(setInText('', ['recipe'], 'sft'))).toEqual({ recipe: 'sft' });
  });

  test('a text that cannot be read is left alone', () => {
    expect(setInText('a: [', ['b'], 1)).toBe('a: [');
  });
});

const FIELDS = formFields(recipeOf('apa').schema).filter(({ kind }) => kind === 'number' || kind === 'whole');
const edit = fc.record({
  field: fc.constantFrom(...FIELDS),
  value: fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer(),
    fc.constant(undefined),
    fc.constant(null),
  ),
});

/** A zero is a zero: nobody sets a field to minus nothing. */
const unsigned = (value: unknown) => (typeof value === 'number' ? value + 0 : value);

test('whatever is edited in whatever order, the text says exactly what was set last', () => {
  fc.assert(
    fc.property(fc.array(edit, { maxLength: 12 }), (edits) => {
      let text = TEXT;
      const last = new Map<string, unknown>();
      for (const { field, value } of edits) {
        text = setInText(text, field.path.split('.'), value);
        last.set(field.path, value);
      }
      for (const [path, value] of last) {
        expect(unsigned(valueAt(parse(text), path.split('.')))).toEqual(unsigned(value));
      }
      expect(valueAt(parse(text), ['reward'])).toEqual(parse(TEXT).reward);
      expect(text).toContain('# What this run is for.');
    }),
  );
});

describe('a draft', () => {
  test('that is whole is what the host would resolve', () => {
    expect(readDraft(TEXT)).toMatchObject({ faults: [], resolved: resolveConfig(parse(TEXT)) });
  });

  test('has the same faults as the host, all at once', () => {
    const text = 'recipe: apa\nfoo: 1\nmethod: { apa_lambda: -1 }\nrollouts: { chunk_size: 7 }\n';
    let thrown: unknown;
    try {
      resolveConfig(parse(text));
    } catch (error) {
      thrown = error;
    }
    const { raw, resolved, faults } = readDraft(text);
    expect(thrown).toBeInstanceOf(KeelError);
    expect(faults).toEqual((thrown as KeelError).faults);
    expect(faults.map(({ where }) => where).sort()).toEqual([
      'data.files',
      'foo',
      'method.apa_lambda',
      'model',
      'reward',
      'rollouts.chunk_size',
    ]);
    expect([raw?.foo, resolved]).toEqual([1, null]);
  });

  test('that is no YAML says where, and one that would reach a prototype is not handed on', () => {
    expect(readDraft('recipe: [')).toMatchObject({
      raw: null,
      resolved: null,
      faults: [{ where: expect.stringContaining('line 1') }],
    });
    expect(readDraft('recipe: apa\nconstructor: { a: 1 }\n').raw).toBeNull();
  });
});

test('a preset gives each value with its source', () => {
  const { values, sources } = presetOf('apa', 'authors');
  expect(valueAt(values, ['method', 'apa_lambda'])).toBe(0.1);
  expect(sources['method.apa_lambda']).toContain('adv_coeff_sq');
  expect(presetOf('nothing', 'keel')).toEqual({ values: {}, sources: {} });
  expect(presetOf('model_init', 'keel').values).toMatchObject({ family: 'gpt_neox' });
});
