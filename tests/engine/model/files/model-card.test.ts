import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { findRecipe } from '#contract/config/index.ts';
import { writeModelCard } from '#engine/model/files/model-card.ts';

const facts: Parameters<typeof writeModelCard>[0] = {
  what: 'policy',
  family: 'gpt_neox',
  parameters: 1234567,
  dtype: 'float32',
  record: {
    name: 'shop "replies": a | b\n---',
    run_id: 'run_1',
    recipe: 'apa',
    method: findRecipe('apa')!.card,
    step: 40,
    base_model: '/home/someone/models/starter',
    config: { model: '/home/someone/models/starter', apa_lambda: 0.1, nested: ['C:\\data\\pairs.jsonl'] },
    inputs: [{ role: 'prompts', path: '/home/someone/prompts.jsonl', sha256: 'ab12', rows: 7 }],
    metrics: { 'objective/kl': 1.5, 'objective/scores': null },
    versions: { keel: '0.1.0' },
  },
  replay: { tensors: 3, equal_tensors: 3, prompts: 4, new_tokens: 64, identical_tokens: 64, max_abs_difference: 0 },
  chat: null,
};
const card = writeModelCard(facts);

it('has YAML front matter that a YAML reader takes', () => {
  const [, front = ''] = card.split('---\n');
  expect(parse(front)).toEqual({
    library_name: 'transformers',
    pipeline_tag: 'text-generation',
    model_name: 'shop "replies": a | b\n---',
    tags: ['keel', 'rlhf', 'apa', 'policy'],
  });
});

it('tells method, data, metrics, replay, config and versions', () => {
  expect(card).toContain('# shop "replies": a &#124; b ---');
  expect(card).toContain('arXiv:2306.02231');
  expect(card).toContain('| prompts | prompts.jsonl | 7 | ab12 |');
  expect(card).toContain('At step 40.');
  expect(card).toContain('| objective/kl | 1.5 |');
  expect(card).toContain('64 of 64 greedy tokens are identical');
  expect(card).toContain('"apa_lambda": 0.1');
  expect(card).toContain('| keel | 0.1.0 |');
});

it('holds no path of the machine', () => {
  expect(card).not.toContain('someone');
  expect(card).not.toContain('C:\\');
  expect(card).toContain('"pairs.jsonl"');
});

it('scores with a class of transformers, or with the stored head where it has no class for the family', () => {
  const reward = (family: typeof facts.family) => writeModelCard({ ...facts, what: 'reward_model', family });
  expect(reward('gemma3_text')).toContain('AutoModelForSequenceClassification.from_pretrained(".", num_labels=1)');
  expect(reward('granite')).not.toContain('SequenceClassification');
  expect(reward('granite')).toContain('["score.weight"][0]');
});
