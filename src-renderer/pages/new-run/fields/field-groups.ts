import { type FormField, findRecipe } from '#contract/config/index.ts';

/** Fields grouped by topic. */
export interface FieldGroup {
  readonly id: string;
  readonly title: string;
  readonly hint: string;
  readonly fields: readonly FormField[];
}

const GROUPS = [
  { id: 'data', title: 'Data', hint: 'Training and held-out data', match: /^data\./ },
  { id: 'model', title: 'Model', hint: 'Models and layers', match: /^(model$|reference|critic)|num_layers_unfrozen$/ },
  {
    id: 'method',
    title: 'Method',
    hint: 'Reward, sampling, optimizer',
    match: /^(method|reward|scaling|generation|optimizer)\b|^training\.(loss|center|assistant)/,
  },
  { id: 'budget', title: 'Budget', hint: 'Training length, batch sizes', match: /^(updates|rollouts|training)\./ },
  {
    id: 'adapter',
    title: 'Adapters and frozen weights',
    hint: 'LoRA, and how frozen weights are kept',
    match: /^adapter\.|^engine\.frozen_dtype$/,
  },
  { id: 'evaluation', title: 'Evaluation', hint: 'Judge and doctor', match: /^(evaluation|judge|certificate|doctor)/ },
  { id: 'hardware', title: 'Hardware', hint: 'Engine and checkpoints', match: /^(engine|checkpoints)\./ },
  { id: 'name', title: 'Name and seed', hint: 'Run name and random seed', match: /./ },
] as const;

const NEW_MODEL_HEADLINE = ['corpus', 'hidden_size', 'num_layers', 'num_heads', 'vocab_size'];

/** Selected next to the recipe, not in the form. */
const ELSEWHERE = new Set(['preset']);

/** The main fields of a recipe, then all others in groups; empty groups are omitted. */
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

/** Fields that mean something only for another value of a choice: the settings of LoRA. */
const DEPENDENT = { match: /^adapter\.(?!peft_type$)/, on: 'adapter.peft_type', value: 'lora' } as const;

/** Whether a field has no meaning for the current choices, given as values by path. */
export function isPointless(path: string, fieldValue: (path: string) => unknown): boolean {
  return DEPENDENT.match.test(path) && fieldValue(DEPENDENT.on) !== DEPENDENT.value;
}

/** Whether every search word occurs in a field's name or description. */
export function matchesSearch({ path, description, symbol = '', unit = '' }: FormField, search: string): boolean {
  const text = `${path} ${path.replaceAll('_', ' ')} ${description} ${symbol} ${unit}`.toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

const LETTER_WORDS = /\b(apa|awr|eos|kl|peft|ppo|xla)\b/g;
const OTHER_WORDS: Readonly<Record<string, string>> = { lora: 'LoRA', rslora: 'rsLoRA', r: 'rank r' };

/** The display name of a field: `optimizer.learning_rate` becomes `Learning rate`. */
export function fieldTitle(path: string): string {
  const words = path
    .split('.')
    .at(-1)!
    .replaceAll('_', ' ')
    .replace(LETTER_WORDS, (letters) => letters.toUpperCase())
    .replace(/\b(lora|rslora|r)\b/g, (word) => OTHER_WORDS[word]!);
  return words[0]!.toUpperCase() + words.slice(1);
}
