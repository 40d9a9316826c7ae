import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { checkDataset } from '#engine/dataset/checks/check-dataset.ts';
import { loadDataset } from '#engine/dataset/load-dataset.ts';
import { LedgerTally } from '#engine/session/data/ledger-tally.ts';
import { demonstrationRows } from '#engine/session/data/training-rows.ts';
import { loadTokenizer } from '#engine/tokenizer/files/load-tokenizer.ts';
import { recordRows } from '#engine/tokenizer/rows/record-rows.ts';
import { writeSmallTokenizer } from '../../../support/small-tokenizer.ts';
import { useFiles } from '../files.ts';

const file = useFiles();
const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

const MODEL = {
  added: ['<|endoftext|>', '<|pad|>', '<|im_start|>', '<|im_end|>'],
  eos: '<|endoftext|>',
  pad: '<|pad|>',
};

function tokenizerOf(chatTemplate: string) {
  const folder = writeSmallTokenizer({ ...MODEL, chatTemplate });
  folders.push(folder);
  return loadTokenizer(folder);
}

const header = "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";
const start = "{{ '<|im_start|>' + m.role + '\\n' }}";
const CHAT_ML = `{% for m in messages %}${start}{{ m.content + '<|im_end|>\\n' }}{% endfor %}${header}`;
const NO_END = `{% for m in messages %}${start}{{ m.content + '\\n' }}{% endfor %}${header}`;
/** EOS after the conversation: of several turns, only the last one has an end. */
const LAST_ENDS = `{% for m in messages %}${start}{{ m.content + ('<|endoftext|>' if loop.last and not add_generation_prompt and m.role == 'assistant' and messages | length > 2 else '\\n') }}{% endfor %}${header}`;
/** The tags leave the end outside, so the loss does not count it. */
const END_OUTSIDE = `{% for m in messages %}${start}{% if m.role == 'assistant' %}{% generation %}{{ m.content }}{% endgeneration %}{% else %}{{ m.content }}{% endif %}{{ '<|im_end|>\\n' }}{% endfor %}${header}`;

const turn = (question: string, answer: string) => [
  { role: 'user', content: question },
  { role: 'assistant', content: answer },
];
const TALKS = [[...turn('Hi', 'Yes')], [...turn('Hi', 'No'), ...turn('Why', 'So')]];
const talks = () => file('talks.jsonl', TALKS.map((messages) => JSON.stringify({ messages })).join('\n'));

async function reportOf(chatTemplate: string, path = talks(), maxLength: number | null = null) {
  const tokenizer = tokenizerOf(chatTemplate);
  const maker = recordRows(tokenizer, maxLength === null ? {} : { maxLength, truncationSide: 'right' });
  return checkDataset(path, { tokens: { maker, vocabSize: tokenizer.vocabSize, maxLength } });
}

const endFindings = (report: Awaited<ReturnType<typeof reportOf>>) =>
  report.findings.filter(({ why }) => why.includes('stop token')).map(({ level, why }) => `${level}: ${why}`);

// Two conversations with one and two assistant turns.
const CASES = [
  { name: 'ChatML', template: CHAT_ML, unended: 0, words: ', each with its end-of-turn token', finding: [] },
  {
    name: 'no end in the template',
    template: NO_END,
    unended: 3,
    words: '; no end of a turn is trained',
    finding: ['warning: No trained span ends in a stop token, so the model does not learn to end its responses.'],
  },
  {
    name: 'an end after the last turn of long conversations only',
    template: LAST_ENDS,
    unended: 2,
    words: '; 2 of 3 without an end-of-turn token',
    finding: ['warning: 2 of 3 trained spans do not end in a stop token; the model does not learn to end there.'],
  },
  {
    name: 'the end outside the generation tags',
    template: END_OUTSIDE,
    unended: 3,
    words: '; no end of a turn is trained',
    finding: ['warning: No trained span ends in a stop token, so the model does not learn to end its responses.'],
  },
];

describe('trained spans without a stop token', () => {
  it.each(CASES)('$name: counted, named, and in the ledger', async ({ template, unended, words, finding }) => {
    const report = await reportOf(template);
    expect(report.tokens).toMatchObject({ trainedSpans: 3, unendedSpans: unended });
    expect(report.trainsOn).toBe(`assistant turns only${words}`);
    expect(endFindings(report)).toEqual(finding);

    const { records } = await loadDataset(talks(), {});
    const options = { maxLength: 512, truncationSide: 'left' as const };
    const data = { train: records, heldOut: [], ledger: new LedgerTally() };
    const settings = { rowSelection: 'trainable' as const, skipBadRows: false };
    const { ledger } = demonstrationRows(data, tokenizerOf(template), options, settings);
    expect(ledger.notices.filter(({ kind }) => kind === 'no_stop').map(({ rows }) => rows)).toEqual(
      unended === 0 ? [] : [2],
    );
  });

  it('an end that truncation removes is a truncation, not a missing end', async () => {
    // `<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nYes<|im_end|>\n`: the 23rd of 26 tokens is the s of Yes.
    const report = await reportOf(CHAT_ML, file('one.jsonl', JSON.stringify({ messages: TALKS[0] })), 23);
    expect(report.tokens).toMatchObject({ trainedSpans: 1, unendedSpans: 0, truncatedRows: 1 });
    expect(endFindings(report)).toEqual([]);
  });

  it('a completion always has its end', async () => {
    const path = file('completions.jsonl', JSON.stringify({ prompt: 'Hi', completion: 'Yes' }));
    const report = await reportOf(NO_END, path);
    expect(report.tokens).toMatchObject({ trainedSpans: 1, unendedSpans: 0 });
  });

  it('without a model, the check does not claim an end', async () => {
    const report = await checkDataset(talks(), {});
    expect(report.trainsOn).toBe('assistant turns only, each as the chat template ends it');
  });
});

const SHARED = join(import.meta.dirname, '../../../../../shared/cases');

describe.skipIf(!existsSync(SHARED))('the shared cases', () => {
  it.each([
    ['the template of the model', '../model/chat_template.jinja', true],
    ['a template without an end of turn', 'no-end-of-turn.jinja', false],
  ] as const)('%s', async (_, template, isEnded) => {
    const folder = mkdtempSync(join(tmpdir(), 'case-'));
    folders.push(folder);
    cpSync(join(SHARED, 'model'), folder, { recursive: true });
    rmSync(join(folder, 'chat_template.jinja'), { force: true });
    writeFileSync(join(folder, 'chat_template.jinja'), readFileSync(join(SHARED, 'stop-tokens', template)));
    const tokenizer = loadTokenizer(folder);
    const tokens = { maker: recordRows(tokenizer), vocabSize: tokenizer.vocabSize, maxLength: null };
    const report = await checkDataset(join(SHARED, 'stop-tokens/messages.jsonl'), { tokens });
    expect(report.tokens?.unendedSpans).toBe(isEnded ? 0 : report.tokens?.trainedSpans);
    expect(endFindings(report)).toHaveLength(isEnded ? 0 : 1);
  });
});
