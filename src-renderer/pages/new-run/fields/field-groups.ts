import { type FormField, findRecipe } from '#contract/config/index.ts';

/** Fields by what one decides with them. */
export interface FieldGroup {
  readonly id: string;
  readonly title: string;
  readonly hint: string;
  readonly fields: readonly FormField[];
}

const GROUPS = [
  { id: 'data', title: 'Data', hint: 'What it learns from', match: /^data\./ },
  { id: 'model', title: 'Model', hint: 'What learns', match: /^(model$|reference|critic)|num_layers_unfrozen$/ },
  {
    id: 'method',
    title: 'Method',
    hint: 'How it learns',
    match: /^(method|reward|scaling|generation|optimizer)\b|^training\.(loss|center|assistant)/,
  },
  { id: 'budget', title: 'Budget', hint: 'How long and how much at once', match: /^(updates|rollouts|training)\./ },
  { id: 'evaluation', title: 'Evaluation', hint: 'How it is watched', match: /^(evaluation|judge|certificate|doctor)/ },
  { id: 'hardware', title: 'Hardware', hint: 'Where it runs and what is kept', match: /^(engine|checkpoints)\./ },
  { id: 'name', title: 'Name and seed', hint: 'What it is called', match: /./ },
] as const;

const NEW_MODEL_HEADLINE = ['corpus', 'hidden_size', 'num_layers', 'num_heads', 'vocab_size'];

/** Chosen beside the recipe, not in the form. */
const ELSEWHERE = new Set(['preset']);

/** The fields of a recipe that matter most, then all others in groups; empty groups are left out. */
export function groupFields(recipe: string, fields: readonly FormField[]) {
  const wanted = findRecipe(recipe)?.headline ?? (recipe === 'model_init' ? NEW_MODEL_HEADLINE : []);
  const shown = fields.filter(({ path }) => !ELSEWHERE.has(path));
  const first = wanted.flatMap((path) => shown.find((field) => field.path === path) ?? []);
  const rest = shown.filter((field) => !first.includes(field));
  const groups = GROUPS.map(({ match, ...group }): FieldGroup => {
    const own = rest.filter(({ path }) => GROUPS.find((one) => one.match.test(path))?.id === group.id);
    return { ...group, fields: own };
  });
  return { first, groups: groups.filter(({ fields: own }) => own.length > 0) };
}

/** True when every word is found in a field's name or notes. */
export function matchesSearch({ path, description, symbol = '', unit = '' }: FormField, search: string): boolean {
  const text = `${path} ${path.replaceAll('_', ' ')} ${description} ${symbol} ${unit}`.toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

const LETTER_WORDS = /\b(apa|awr|eos|kl|ppo|xla)\b/g;

/** `optimizer.learning_rate` as a person reads it: `Learning rate`. */
export function fieldTitle(path: string): string {
  const words = path
    .split('.')
    .at(-1)!
    .replaceAll('_', ' ')
    .replace(LETTER_WORDS, (letters) => letters.toUpperCase());
  return words[0]!.toUpperCase() + words.slice(1);
}
