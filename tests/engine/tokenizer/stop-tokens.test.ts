import { rmSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { loadTokenizer } from '#engine/tokenizer/files/load-tokenizer.ts';
import { type SmallTokenizer, writeSmallTokenizer } from '../../support/small-tokenizer.ts';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

function stopsOf(made: SmallTokenizer) {
  const folder = writeSmallTokenizer(made);
  folders.push(folder);
  return loadTokenizer(folder).stopTokens;
}

/** A template whose turns are written by one expression over `m`, with a header for the answer to come. */
const turns = (turn: string, header: string) =>
  `{% for m in messages %}${turn}{% endfor %}{% if add_generation_prompt %}{{ '${header}' }}{% endif %}`;

interface Shape {
  readonly name: string;
  readonly added: readonly string[];
  readonly eos: string;
  readonly template: string;
  /** The token that ends the assistant's turn, read off the template by hand; the reason where it is not obvious. */
  readonly end: string | null;
}

const SHAPES: readonly Shape[] = [
  {
    name: 'ChatML over a base model: EOS is another token',
    added: ['<|endoftext|>', '<|im_start|>', '<|im_end|>'],
    eos: '<|endoftext|>',
    template: turns("{{ '<|im_start|>' + m.role + '\\n' + m.content + '<|im_end|>\\n' }}", '<|im_start|>assistant\\n'),
    end: '<|im_end|>',
  },
  {
    name: 'ChatML whose tokens were added as ordinary ones',
    added: ['</s>', '<|im_start|>~', '<|im_end|>~'],
    eos: '</s>',
    template: turns("{{ '<|im_start|>' + m.role + '\\n' + m.content + '<|im_end|>\\n' }}", '<|im_start|>assistant\\n'),
    end: '<|im_end|>',
  },
  {
    name: 'Llama 3: headers of two tokens, the content trimmed',
    added: ['<|begin_of_text|>', '<|end_of_text|>', '<|start_header_id|>', '<|end_header_id|>', '<|eot_id|>'],
    eos: '<|end_of_text|>',
    template: turns(
      "{{ '<|start_header_id|>' + m['role'] + '<|end_header_id|>\\n\\n' + m['content'] | trim + '<|eot_id|>' }}",
      '<|start_header_id|>assistant<|end_header_id|>\\n\\n',
    ),
    end: '<|eot_id|>',
  },
  {
    name: 'Gemma: the assistant is called model',
    added: ['<pad>', '<eos>', '<bos>', '<start_of_turn>', '<end_of_turn>'],
    eos: '<eos>',
    template: turns(
      "{% set role = 'model' if m['role'] == 'assistant' else m['role'] %}{{ '<start_of_turn>' + role + '\\n' + m['content'] | trim + '<end_of_turn>\\n' }}",
      '<start_of_turn>model\\n',
    ),
    end: '<end_of_turn>',
  },
  {
    name: 'Zephyr: every turn ends with EOS',
    added: ['<unk>', '<s>', '</s>'],
    eos: '</s>',
    template: turns("{{ '<|' + m.role + '|>\\n' + m.content + eos_token + '\\n' }}", '<|assistant|>\\n'),
    end: '</s>',
  },
  {
    name: 'Mistral: only the assistant ends with EOS, no other order of roles',
    added: ['<unk>', '<s>', '</s>', '[INST]', '[/INST]'],
    eos: '</s>',
    template:
      "{{ bos_token }}{% for m in messages %}{% if (m['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('roles must alternate') }}{% endif %}{% if m['role'] == 'user' %}{{ '[INST] ' + m['content'] + ' [/INST]' }}{% else %}{{ ' ' + m['content'] + eos_token }}{% endif %}{% endfor %}",
    end: '</s>',
  },
  {
    name: 'Llama 2: a blank between the content and EOS',
    added: ['<unk>', '<s>', '</s>'],
    eos: '</s>',
    template:
      "{% for m in messages %}{% if m.role == 'user' %}{{ '<s>[INST] ' + m.content.strip() + ' [/INST]' }}{% elif m.role == 'assistant' %}{{ ' ' + m.content.strip() + ' ' + eos_token }}{% endif %}{% endfor %}",
    end: '</s>',
  },
  {
    // The text ends with EOS too, but a turn before another one does not.
    name: 'Phi 3: EOS after the conversation',
    added: ['<|endoftext|>', '<|system|>', '<|user|>', '<|assistant|>', '<|end|>'],
    eos: '<|endoftext|>',
    template:
      "{% for m in messages %}{{ '<|' + m.role + '|>\\n' + m.content + '<|end|>\\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>\\n' }}{% else %}{{ eos_token }}{% endif %}",
    end: '<|end|>',
  },
  {
    name: 'Phi 4 mini: the same without line ends',
    added: ['<|endoftext|>', '<|system|>', '<|user|>', '<|assistant|>', '<|end|>'],
    eos: '<|endoftext|>',
    template:
      "{% for m in messages %}{{ '<|' + m.role + '|>' + m.content + '<|end|>' }}{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>' }}{% else %}{{ eos_token }}{% endif %}",
    end: '<|end|>',
  },
  {
    name: 'Phi 4: a separator token in the header',
    added: ['<|endoftext|>', '<|im_start|>', '<|im_sep|>', '<|im_end|>'],
    eos: '<|endoftext|>',
    template: turns(
      "{{ '<|im_start|>' + m.role + '<|im_sep|>' + m.content + '<|im_end|>' }}",
      '<|im_start|>assistant<|im_sep|>',
    ),
    end: '<|im_end|>',
  },
  {
    name: 'Vicuna without </s>: turns are separated by words',
    added: ['<unk>', '<s>', '</s>'],
    eos: '</s>',
    template: turns("{{ ('USER: ' if m.role == 'user' else 'ASSISTANT: ') + m.content + '\\n' }}", 'ASSISTANT:'),
    end: null,
  },
  {
    name: 'Vicuna 1.1: </s> after the assistant only',
    added: ['<unk>', '<s>', '</s>'],
    eos: '</s>',
    template:
      "{% for m in messages %}{% if m.role == 'user' %}{{ 'USER: ' + m.content + ' ' }}{% else %}{{ 'ASSISTANT: ' + m.content + '</s>' }}{% endif %}{% endfor %}{% if add_generation_prompt %}{{ 'ASSISTANT:' }}{% endif %}",
    end: '</s>',
  },
  {
    // <think> and </think> are added tokens as well, but stand before the content.
    name: 'Qwen 3: an empty thought before the content of the last turn',
    added: ['<|endoftext|>', '<|im_start|>', '<|im_end|>', '<think>~', '</think>~'],
    eos: '<|im_end|>',
    template: turns(
      "{% set content = m.content.split('</think>')[-1] %}{% if m.role == 'assistant' and loop.last %}{{ '<|im_start|>assistant\\n<think>\\n\\n</think>\\n\\n' + content + '<|im_end|>\\n' }}{% else %}{{ '<|im_start|>' + m.role + '\\n' + content + '<|im_end|>\\n' }}{% endif %}",
      '<|im_start|>assistant\\n',
    ),
    end: '<|im_end|>',
  },
  {
    // The header of the answer to come opens a thought that a past turn does not have, so it is no continuation of it.
    name: 'DeepSeek R1: the generation prompt opens a thought',
    added: ['<｜begin▁of▁sentence｜>', '<｜end▁of▁sentence｜>', '<｜User｜>', '<｜Assistant｜>', '<think>~'],
    eos: '<｜end▁of▁sentence｜>',
    template:
      "{% for m in messages %}{% if m.role == 'user' %}{{ '<｜User｜>' + m.content }}{% else %}{{ '<｜Assistant｜>' + m.content + '<｜end▁of▁sentence｜>' }}{% endif %}{% endfor %}{% if add_generation_prompt %}{{ '<｜Assistant｜><think>\\n' }}{% endif %}",
    end: '<｜end▁of▁sentence｜>',
  },
  {
    name: 'Granite: roles between tokens',
    added: ['<|end_of_text|>', '<|start_of_role|>', '<|end_of_role|>'],
    eos: '<|end_of_text|>',
    template: turns(
      "{{ '<|start_of_role|>' + m.role + '<|end_of_role|>' + m.content + '<|end_of_text|>\\n' }}",
      '<|start_of_role|>assistant<|end_of_role|>',
    ),
    end: '<|end_of_text|>',
  },
  {
    // The next turn's header ends the turn; generation_config.json lists it, the template does not write it.
    name: 'GLM 4: no token ends a turn',
    added: ['<|endoftext|>', '[gMASK]', '<sop>', '<|user|>', '<|assistant|>'],
    eos: '<|endoftext|>',
    template: `[gMASK]<sop>${turns("{{ '<|' + m.role + '|>\\n' + m.content }}", '<|assistant|>')}`,
    end: null,
  },
  {
    name: 'OLMo 2: EOS, and a line end only before another turn',
    added: ['<|endoftext|>'],
    eos: '<|endoftext|>',
    template: turns(
      "{{ '<|' + m.role + '|>\\n' + m.content + eos_token }}{% if not loop.last %}{{ '\\n' }}{% endif %}",
      '<|assistant|>\\n',
    ),
    end: '<|endoftext|>',
  },
  {
    name: 'generation tags around the content and its end',
    added: ['<|endoftext|>', '<|im_start|>', '<|im_end|>'],
    eos: '<|endoftext|>',
    template: turns(
      "{% if m.role == 'assistant' %}{{ '<|im_start|>assistant\\n' }}{% generation %}{{ m.content + '<|im_end|>' }}{% endgeneration %}{{ '\\n' }}{% else %}{{ '<|im_start|>' + m.role + '\\n' + m.content + '<|im_end|>\\n' }}{% endif %}",
      '<|im_start|>assistant\\n',
    ),
    end: '<|im_end|>',
  },
  {
    name: 'a template that requires a system message',
    added: ['<eos>', '<turn>', '</turn>'],
    eos: '<eos>',
    template: `{% if messages[0].role != 'system' %}{{ raise_exception('no system message') }}{% endif %}${turns("{{ '<turn>' + m.role + ' ' + m.content + '</turn>' }}", '<turn>assistant ')}`,
    end: '</turn>',
  },
  {
    name: 'one token that begins like another: the longest, as the tokenizer reads it',
    added: ['<eos>', '<|end|>', '<|end|>>'],
    eos: '<eos>',
    template: turns("{{ m.role + ': ' + m.content + '<|end|>>' }}", 'assistant: '),
    end: '<|end|>>',
  },
  { name: 'a template that fails', added: ['<eos>'], eos: '<eos>', template: '{{ messages | nothing }}', end: null },
  { name: 'a template that drops the content', added: ['<eos>'], eos: '<eos>', template: '<eos>', end: null },
];

describe('the token that ends the turn in a chat template', () => {
  it.each(SHAPES)('$name', ({ added, eos, template, end }) => {
    const { turnEndId, all } = stopsOf({ added, eos, chatTemplate: template });
    const tokens = added.map((name) => name.replace(/~$/, ''));
    expect(turnEndId === null ? null : tokens[turnEndId]).toBe(end);
    const expected = [
      { id: tokens.indexOf(eos), token: eos, origins: end === eos ? ['tokenizer', 'chat_template'] : ['tokenizer'] },
      ...(end === null || end === eos ? [] : [{ id: tokens.indexOf(end), token: end, origins: ['chat_template'] }]),
    ];
    expect(all).toEqual(expected);
  });
});

describe('the stop tokens of a model folder', () => {
  const base = { added: ['<eos>', '<pad>', '<turn>', '</turn>'], eos: '<eos>', pad: '<pad>' };
  const chatTemplate = turns("{{ '<turn>' + m.content + '</turn>' }}", '<turn>');
  const withFiles = (config: unknown, generation: unknown) => {
    const files = {
      'config.json': { vocab_size: 300, eos_token_id: config },
      'generation_config.json': { eos_token_id: generation },
    };
    return stopsOf({ ...base, chatTemplate, files });
  };

  // Ids of bytes count from 4: 38 is the byte 34, a quotation mark.
  it('are the union of tokenizer, config.json, generation_config.json, and template, each with its origins', () => {
    expect(withFiles([0, 38], [3, 38, 40, 40])).toEqual({
      all: [
        { id: 0, token: '<eos>', origins: ['tokenizer', 'config'] },
        { id: 38, token: '"', origins: ['config', 'generation_config'] },
        { id: 3, token: '</turn>', origins: ['generation_config', 'chat_template'] },
        { id: 40, token: '$', origins: ['generation_config'] },
      ],
      ids: [0, 38, 3, 40],
      turnEndId: 3,
      ignored: [],
    });
  });

  it('a row of the model without a token counts; what no token can equal is named', () => {
    // 4 added tokens and 256 bytes; the model has 300 rows.
    expect(withFiles(null, [299, 300, -1, '3', 2.5])).toEqual({
      all: [
        { id: 0, token: '<eos>', origins: ['tokenizer'] },
        { id: 299, token: null, origins: ['generation_config'] },
        { id: 3, token: '</turn>', origins: ['chat_template'] },
      ],
      ids: [0, 299, 3],
      turnEndId: 3,
      ignored: ['300', '-1', '"3"', '2.5'].map((value) => ({ value, origin: 'generation_config' })),
    });
  });

  it('without a chat template, nothing ends a turn', () => {
    expect(stopsOf(base)).toMatchObject({ ids: [0], turnEndId: null });
  });
});
