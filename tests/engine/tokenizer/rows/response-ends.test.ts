import { rmSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import type { DataRecord, Text } from '#engine/records.ts';
import { loadTokenizer } from '#engine/tokenizer/files/load-tokenizer.ts';
import { recordRows } from '#engine/tokenizer/rows/record-rows.ts';
import { eosEndsOf } from '#engine/tokenizer/rows/response-ends.ts';
import { type SmallTokenizer, writeSmallTokenizer } from '../../../support/small-tokenizer.ts';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

function tokenizerOf(made: SmallTokenizer) {
  const folder = writeSmallTokenizer(made);
  folders.push(folder);
  return loadTokenizer(folder);
}

const turns = (turn: string, header: string, otherwise = '') =>
  `{% for m in messages %}${turn}{% endfor %}{% if add_generation_prompt %}{{ '${header}' }}{% else %}${otherwise}{% endif %}`;

const CHAT_ML: SmallTokenizer = {
  added: ['<|endoftext|>', '<|pad|>', '<|im_start|>', '<|im_end|>'],
  eos: '<|endoftext|>',
  pad: '<|pad|>',
  chatTemplate: turns(
    "{{ '<|im_start|>' + m.role + '\\n' + m.content + '<|im_end|>\\n' }}",
    '<|im_start|>assistant\\n',
  ),
};
const PHI: SmallTokenizer = {
  added: ['<|endoftext|>', '<|user|>', '<|assistant|>', '<|end|>'],
  eos: '<|endoftext|>',
  chatTemplate: turns("{{ '<|' + m.role + '|>' + m.content + '<|end|>' }}", '<|assistant|>', '{{ eos_token }}'),
};
const ZEPHYR: SmallTokenizer = {
  added: ['</s>', '<pad>'],
  eos: '</s>',
  chatTemplate: turns("{{ '<|' + m.role + '|>\\n' + m.content + eos_token + '\\n' }}", '<|assistant|>\\n'),
};
const NO_END: SmallTokenizer = {
  added: ['</s>', '<pad>'],
  eos: '</s>',
  chatTemplate: turns("{{ m.role + ': ' + m.content + '\\n' }}", 'assistant:'),
};
const PLAIN: SmallTokenizer = { added: ['</s>', '<pad>'], eos: '</s>' };

const origin = { file: '', line: 1 };
const asked = [{ role: 'user', content: 'Hi' }];
const answer = (content: string) => [{ role: 'assistant', content }];
const pair = (prompt: Text, completion: Text): DataRecord => ({ kind: 'demonstration', prompt, completion, origin });

/** The trained text of each row of a record, special tokens spelled out. */
function trained(made: SmallTokenizer, record: DataRecord, isFormer = false): readonly string[] {
  const tokenizer = tokenizerOf(made);
  const maker = recordRows(tokenizer, isFormer ? { ends: eosEndsOf(tokenizer) } : {});
  return maker.rows(record).map(({ row }) => tokenizer.decode(row.ids.filter((_, index) => row.trained[index])));
}

describe('a completion ends with the token that ends the turn in the chat template', () => {
  // With TRL, `eos_token='<|im_end|>'` appends the same token to a text.
  const cases: readonly (readonly [string, SmallTokenizer, { readonly text: string; readonly chat: string }])[] = [
    ['ChatML over a base model', CHAT_ML, { text: 'Yes<|im_end|>', chat: 'Yes<|im_end|>' }],
    ['Phi: the end of the turn, not the end of the conversation', PHI, { text: 'Yes<|end|>', chat: 'Yes<|end|>' }],
    ['Zephyr: EOS', ZEPHYR, { text: 'Yes</s>', chat: 'Yes</s>' }],
    // The template's line break stays: it is what separates turns.
    ['no end in the template: EOS', NO_END, { text: 'Yes</s>', chat: ' Yes\n</s>' }],
  ];
  it.each(cases)('%s', (_, made, { text, chat }) => {
    expect(trained(made, pair('Hi ', 'Yes'))).toEqual([text]);
    expect(trained(made, pair(asked, answer('Yes')))).toEqual([chat]);
    const comparison = {
      kind: 'comparison',
      prompt: asked,
      chosen: answer('Yes'),
      rejected: answer('No'),
      origin,
    } as const;
    expect(trained(made, comparison)).toEqual([chat, chat.replace('Yes', 'No')]);
    const judgment = { kind: 'judgment', prompt: 'Hi ', completion: 'Yes', label: true, origin } as const;
    expect(trained(made, judgment)).toEqual([text]);
  });

  it('without a chat template it is EOS', () => {
    expect(trained(PLAIN, pair('Hi ', 'Yes'))).toEqual(['Yes</s>']);
  });

  it('a text without turns ends with EOS', () => {
    expect(trained(CHAT_ML, { kind: 'demonstration', prompt: null, completion: 'Yes', origin })).toEqual([
      'Yes<|endoftext|>',
    ]);
  });

  it('several turns in a completion keep the ends between them', () => {
    const reply = [...answer('Yes'), ...asked, ...answer('No')];
    expect(trained(CHAT_ML, pair(asked, reply))).toEqual([
      'Yes<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nNo<|im_end|>',
    ]);
  });

  it('an end of generation_config.json is one, too', () => {
    const files = { 'generation_config.json': { eos_token_id: [0, 3] } };
    const chatTemplate = turns("{{ m.role + m.content + ' <|im_end|> ' }}{{ '<|endoftext|>' }}", 'assistant');
    expect(trained({ ...CHAT_ML, chatTemplate, files }, pair(asked, answer('Yes')))).toEqual(['Yes <|im_end|>']);
  });
});

describe('as earlier versions ended responses, for their runs', () => {
  const cases: readonly (readonly [string, SmallTokenizer, { readonly text: string; readonly chat: string }])[] = [
    ['ChatML over a base model', CHAT_ML, { text: 'Yes<|endoftext|>', chat: 'Yes<|im_end|>\n<|endoftext|>' }],
    ['Phi', PHI, { text: 'Yes<|endoftext|>', chat: 'Yes<|end|><|endoftext|>' }],
    ['Zephyr', ZEPHYR, { text: 'Yes</s>', chat: 'Yes</s>' }],
    ['no end in the template', NO_END, { text: 'Yes</s>', chat: ' Yes\n</s>' }],
  ];
  it.each(cases)('%s', (_, made, { text, chat }) => {
    expect(trained(made, pair('Hi ', 'Yes'), true)).toEqual([text]);
    expect(trained(made, pair(asked, answer('Yes')), true)).toEqual([chat]);
  });
});
