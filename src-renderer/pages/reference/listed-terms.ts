import { formFields, modelInitSchema, recipeList } from '#contract/config/index.ts';
import { metricFacts, recipeFacts } from '#contract/page-facts.ts';
import { plainWords, rangeHint } from '../new-run/fields/field-text.ts';

/** A metric or a config field, as the reference lists it. */
export interface Term {
  readonly name: string;
  readonly what: 'metric' | 'field';
  /** The symbol of a field; empty if it has none. */
  readonly symbol: string;
  readonly text: string;
  /** Unit, range, direction, or aggregation. */
  readonly facts: readonly string[];
  /** Methods that have the field; empty for metrics. */
  readonly methods: readonly string[];
}

const DIRECTION = { up: 'higher is better', down: 'lower is better', none: '' } as const;

const metrics = (): readonly Term[] =>
  Object.entries(metricFacts).map(([name, { unit, formula, aggregation, direction }]) => {
    const facts = [unit, aggregation, DIRECTION[direction]].filter(Boolean);
    return { name, what: 'metric', symbol: '', text: formula, facts, methods: [] };
  });

function fields(): readonly Term[] {
  const schemas = [
    ...recipeList.map(({ name, schema }) => ({ title: recipeFacts.find((one) => one.name === name)!.title, schema })),
    { title: 'New model', schema: modelInitSchema },
  ];
  const all = schemas.flatMap(({ title, schema }) => formFields(schema).map((field) => ({ title, field })));
  return [...Map.groupBy(all, ({ field }) => field.path)].map(([name, of]) => {
    const { field } = of[0]!;
    const facts = [rangeHint(field), field.unit, field.choices.join(', '), field.source].filter(Boolean) as string[];
    const methods = of.map(({ title }) => title);
    return { name, what: 'field', symbol: field.symbol ?? '', text: plainWords(field.description), facts, methods };
  });
}

/** Every metric and every config field, by name. */
export function listTerms(): readonly Term[] {
  return [...metrics(), ...fields()].sort((one, other) => one.name.localeCompare(other.name));
}

/** Terms in which every word occurs; exact names first. */
export function searchTerms(terms: readonly Term[], search: string): readonly Term[] {
  const wanted = search.trim().toLowerCase();
  const words = wanted.split(/\s+/).filter(Boolean);
  const text = ({ name, symbol, text: words }: Term) => `${name} ${symbol} ${words}`.toLowerCase();
  const rank = ({ name, symbol }: Term) => (name.toLowerCase() === wanted || symbol === wanted ? 0 : 1);
  return terms
    .filter((term) => words.every((word) => text(term).includes(word)))
    .sort((one, other) => rank(one) - rank(other));
}
