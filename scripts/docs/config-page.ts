import type { z } from 'zod';
import {
  type ListedField,
  listFields,
  modelInitSchema,
  PRESET_NAMES,
  pipelineSchema,
  presetSources,
  presetValues,
  RECIPE_NAMES,
  type RecipeName,
  recipeList,
  recipeOf,
  rewardSchema,
  ruleSchema,
  studyFileSchema,
  studyMethodSchema,
} from '#contract/config/index.ts';
import { code, GENERATED, table } from './markdown.ts';

const INTRO = `A config is a YAML or JSON file. Values that it leaves out come from its preset;
\`keel run CONFIG --set field.path=value\` overrides a value, which is parsed as YAML. Unknown fields are errors, and
all errors are reported at once. The resolved config, with every value written out, is stored with the run.

    version: 1
    recipe: apa
    model: run:20261123-131924-sft/policy
    data: { files: prompts.jsonl }
    reward: { type: model, model: run:20261123-140210-reward-model/reward_model }
    method: { apa_lambda: 0.5 }

You can change a **live** field during a run, from its next step on, with \`keel runs set RUN field.path VALUE\` or in
the run's menu in the app. Every change is recorded, and a resumed run repeats it.

A model is a folder in Hugging Face format or the output of a run: \`run:<id>/policy\`, \`run:<id>/policy@best\`; within
a pipeline, \`stage:<stage>/<artifact>\`. An id may be shortened to a unique start or end of it, or be \`latest\`; the
full id is stored with the run. The [tutorial](tutorial.md) has a complete config of every recipe.`;

function fieldRow({ path, type, unit, symbol, description, live, inert }: ListedField): readonly string[] {
  const warned = [...new Set(Object.values(inert ?? {}))].map((why) => `**${why}**`);
  const kind = [type, unit, live && '**live**'].filter(Boolean).join('; ');
  return [code(path), symbol ?? '', kind, [description, ...warned].join(' ')];
}

const HEAD = ['Field', 'Symbol', 'Type', 'Description'];

const namesOf = (kind: 'supervised' | 'online') =>
  recipeList.filter((recipe) => recipe.kind === kind).map(({ name }) => name as RecipeName);

/** `a, b and c` */
const listed = (names: readonly string[]) => names.join(', ').replace(/, ([^,]*)$/, ' and $1');

/** The fields that several recipes share; the page describes them only once. */
function sharedFields(names: readonly RecipeName[]): readonly ListedField[] {
  const [first, ...others] = names.map((name) => listFields(recipeOf(name).schema));
  return first!.filter((field) =>
    others.every((fields) =>
      fields.some(
        ({ path, description, type }) =>
          path === field.path && description === field.description && type === field.type,
      ),
    ),
  );
}

function valueAt(values: unknown, path: string): string {
  const value = path
    .split('.')
    .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], values);
  return value === undefined ? '' : code(JSON.stringify(value));
}

function presetTable(name: RecipeName): string {
  const { schema, presets } = recipeOf(name);
  const columns = PRESET_NAMES.map((preset) => ({
    values: presetValues(presets[preset]),
    sources: presetSources(presets[preset]),
  }));
  const rows = [...listFields(schema).map(({ path }) => path)]
    .filter((path) => columns.some(({ sources }) => path in sources))
    .map((path) => [
      code(path),
      ...columns.flatMap(({ values, sources }) => [valueAt(values, path), sources[path] ?? '']),
    ]);
  return table(['Field', ...PRESET_NAMES.flatMap((preset) => [code(preset), 'Source'])], rows);
}

function recipeSection(name: RecipeName, told: ReadonlySet<string>): string {
  const own = listFields(recipeOf(name).schema).filter(({ path }) => !told.has(path));
  const fields = own.length > 0 ? `${table(HEAD, own.map(fieldRow))}\n\n` : '';
  return `## ${name}\n\nMethod: [${name}](algorithms/${name}.md).\n\n${fields}${presetTable(name)}`;
}

function optionSections(union: z.ZodDiscriminatedUnion, what: string): string {
  return union.options
    .map((option) => {
      const schema = option as z.ZodObject;
      const kind = (schema.shape.type as z.ZodLiteral).value;
      return `### ${what} \`type: ${String(kind)}\`\n\n${table(HEAD, listFields(schema).map(fieldRow))}`;
    })
    .join('\n\n');
}

/** The text of docs/config.md. */
export function configPage(): string {
  const every = sharedFields(RECIPE_NAMES);
  const online = sharedFields(namesOf('online')).filter(({ path }) => !every.some((one) => one.path === path));
  const supervised = sharedFields(namesOf('supervised')).filter(({ path }) => !every.some((one) => one.path === path));
  const toldOnline = new Set([...every, ...online].map(({ path }) => path));
  const toldSupervised = new Set([...every, ...supervised].map(({ path }) => path));
  return [
    GENERATED,
    '# Config',
    INTRO,
    '## Every recipe',
    table(HEAD, every.map(fieldRow)),
    `## ${listed(namesOf('supervised'))}`,
    table(HEAD, supervised.map(fieldRow)),
    `## ${listed(namesOf('online'))}`,
    table(HEAD, online.map(fieldRow)),
    ...RECIPE_NAMES.map((name) =>
      recipeSection(name, recipeOf(name).kind === 'supervised' ? toldSupervised : toldOnline),
    ),
    '## Rewards and judges',
    'A reward scores a response; a judge has the same form. For details, see [rewards](rewards.md).',
    optionSections(rewardSchema, 'Reward'),
    optionSections(ruleSchema, 'Rule'),
    '## pipeline',
    table(HEAD, listFields(pipelineSchema).map(fieldRow)),
    '### Stage model_init',
    table(HEAD, listFields(modelInitSchema).map(fieldRow)),
    '## study',
    'Several methods over seeds and values of their fields; `keel study CONFIG` runs it ([studies](studies.md)).',
    table(HEAD, listFields(studyFileSchema).map(fieldRow)),
    '### Entries of methods',
    table(HEAD, listFields(studyMethodSchema).map(fieldRow)),
    '',
  ]
    .join('\n\n')
    .replace(/\n+$/, '\n');
}
