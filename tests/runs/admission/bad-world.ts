import { cpSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { writeSafetensors } from '#engine/model/safetensors/write-safetensors.ts';
import type { TinyWorld } from '../../support/tiny-world.ts';

const lines = (rows: readonly unknown[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('');
const many = <T>(make: (index: number) => T, count = 40) => Array.from({ length: count }, (_, index) => make(index));

const TEXTS: Readonly<Record<string, string | Buffer>> = {
  'empty.jsonl': '',
  'blank.jsonl': '\n\n  \n',
  'broken-lines.jsonl': `${lines(many((index) => ({ prompt: `Case ${index}`, completion: 'Done.' }), 8))}{"prompt": "cut\nnot json\n`,
  'no-completion.jsonl': lines(many((index) => ({ prompt: `Case ${index}`, ...(index !== 5 && { completion: 'x' }) }))),
  'other-columns.jsonl': lines(many((index) => ({ inquiry: `Case ${index}`, decision: 'Sold.' }))),
  'other-columns.csv': `frage,antwort\n${many((index) => `Case ${index},Sold`).join('\n')}\n`,
  'no-columns.jsonl': lines(many(() => ({}))),
  'bad-labels.jsonl': lines(
    many((index) => ({ prompt: `Case ${index}`, completion: 'x', label: index === 3 ? 'maybe' : true })),
  ),
  'equal-pairs.jsonl': lines(
    many((index) => ({ prompt: `Case ${index}`, chosen: 'Yes.', rejected: index === 7 ? 'Yes.' : 'No.' })),
  ),
  'numbers.jsonl': lines(many((index) => ({ prompt: index === 2 ? 7 : `Case ${index}`, completion: 'x' }))),
  'texts.jsonl': lines(many((index) => ({ text: `A line about case ${index}.` }))),
  'one-prompt.jsonl': lines(many((index) => ({ prompt: 'The same question?', completion: `Answer ${index}.` }))),
  'one-row.jsonl': lines([{ prompt: 'Only', completion: 'one.' }]),
  'same-prompts.jsonl': lines([{ prompt: 'The same question?', completion: 'Another answer.' }]),
  'far-prompts.jsonl': lines([{ prompt: 'What is far away?', completion: 'The moon.' }]),
  'long.jsonl': lines(
    many((index) => ({ prompt: `Case ${index}: ${'word '.repeat(200)}`, completion: `Answer ${index}.` })),
  ),
  'chat.jsonl': lines(
    many((index) => ({
      messages: [
        { role: 'user', content: `Case ${index}` },
        { role: 'assistant', content: 'Done.' },
      ],
    })),
  ),
  'data.xlsx': 'PK',
  'object.json': '{"rows": 3}',
  'unclosed.json': '[{"prompt": "a", "completion": "b"',
  'broken.jsonl.gz': gzipSync(lines(many((index) => ({ prompt: `Case ${index}`, completion: 'x' })))).subarray(0, 60),
  'broken.parquet': Buffer.from('PAR1 this is no table PAR1'),
};

const LORA = { peft_type: 'LORA', r: 2, lora_alpha: 4, target_modules: ['dense'], base_model_name_or_path: '../model' };

/** An adapter for a layer of the tiny model, with these settings and this many inputs of its first factor. */
function writeAdapter(folder: string, settings: object, inputs: number | null): void {
  mkdirSync(folder);
  writeFileSync(join(folder, 'adapter_config.json'), JSON.stringify({ ...LORA, ...settings }));
  const at = 'base_model.model.gpt_neox.layers.0.attention.dense';
  const factor = (name: string, shape: readonly [number, number]) => ({
    name: `${at}.${name}.weight`,
    shape,
    read: () => new Float32Array(shape[0] * shape[1]),
  });
  if (inputs === null) return;
  const tensors = [factor('lora_A', [2, inputs]), factor('lora_B', [32, 2])];
  writeSafetensors(join(folder, 'adapter_model.safetensors'), tensors);
}

const CERTIFICATE = { includesChance: false, accuracy: { share: 0.8, low: 0.7, high: 0.9 } };

function copyOf(from: string, to: string, change: (folder: string) => void): string {
  cpSync(from, to, { recursive: true });
  change(to);
  return to;
}

/** Adds files and folders to a tiny world of which every one has something that no run can use, and some that are fine. */
export function addBadParts(world: TinyWorld): string {
  const { folder, model, rewardModel } = world;
  for (const [name, content] of Object.entries(TEXTS)) writeFileSync(join(folder, name), content);
  mkdirSync(join(folder, 'nothing'));
  mkdirSync(join(folder, 'folder.jsonl'));
  writeFileSync(join(folder, 'file-model'), 'x');
  const of = (name: string, change: (place: string) => void, from = model) => copyOf(from, join(folder, name), change);
  of('no-weights', (place) => rmSync(join(place, 'model.safetensors')));
  of('pickled', (place) => {
    rmSync(join(place, 'model.safetensors'));
    writeFileSync(join(place, 'pytorch_model.bin'), 'x');
  });
  of('no-config', (place) => rmSync(join(place, 'config.json')));
  of('bad-config', (place) => writeFileSync(join(place, 'config.json'), '{"model_type": '));
  of('foreign-config', (place) => writeFileSync(join(place, 'config.json'), '{"model_type": "mamba"}'));
  of('no-tokenizer', (place) => rmSync(join(place, 'tokenizer.json')));
  of('bad-tokenizer', (place) => writeFileSync(join(place, 'tokenizer.json'), '{}'));
  of('cut-weights', (place) => truncateSync(join(place, 'model.safetensors'), 5000));
  of('pointer', (place) => writeFileSync(join(place, 'config.json'), 'version https://git-lfs.github.com/spec/v1\n'));
  const config = (place: string): Record<string, unknown> =>
    JSON.parse(readFileSync(join(place, 'config.json'), 'utf8'));
  const setConfig = (place: string, values: object) =>
    writeFileSync(join(place, 'config.json'), JSON.stringify({ ...config(place), ...values }));
  of('wrong-width', (place) => setConfig(place, { intermediate_size: 48 }));
  of('short', (place) => setConfig(place, { max_position_embeddings: 24 }));
  const certify = (certificate: unknown) => (place: string) =>
    writeFileSync(
      join(place, 'keel.json'),
      typeof certificate === 'string' ? certificate : JSON.stringify({ certificate }),
    );
  of('certified', certify(CERTIFICATE), rewardModel);
  of('uncertified', (place) => rmSync(join(place, 'keel.json'), { force: true }), rewardModel);
  of('at-chance', certify({ includesChance: true, accuracy: { share: 0.52, low: 0.44, high: 0.6 } }), rewardModel);
  of('bad-certificate', certify('{'), rewardModel);
  writeAdapter(join(folder, 'adapter'), {}, 32);
  writeAdapter(join(folder, 'adapter-lost'), { base_model_name_or_path: 'some/where' }, 32);
  writeAdapter(join(folder, 'adapter-dora'), { use_dora: true }, 32);
  writeAdapter(join(folder, 'adapter-misfit'), {}, 48);
  writeAdapter(join(folder, 'adapter-empty'), {}, null);
  return folder;
}
