import { describe, expect, it } from 'vitest';
import { ComparedTexts, tokensOf } from '#engine/dataset/duplicates/compared-texts.ts';
import { DuplicateTally } from '#engine/dataset/duplicates/duplicate-tally.ts';
import { RecordComparison } from '#engine/dataset/duplicates/group-records.ts';
import type { DataRecord, Text } from '#engine/records.ts';

const origin = (line: number) => ({ file: 'f', line });
const areNear = (one: Text, other: Text, among: readonly Text[] = []) =>
  new ComparedTexts([one, other, ...among]).areNear(0, 1);
const LONG = Array.from(
  { length: 60 },
  (_, index) => `word${'abcdefghijklmnopqrst'[index % 20]}${'xyz'[Math.floor(index / 20)]}`,
);
const long = LONG.join(' ');

describe('texts that say different things', () => {
  it.each([
    ['a sign', 'Compute -2 * 3', 'Compute 2 * 3'],
    ['an operator', 'True or false: 2 > 3?', 'True or false: 2 < 3?'],
    ['a sign at another place', 'a - b', '- a b'],
    ['a number in a long text', `${long} 5`, `${long} 6`],
    ['a fraction', `${long} ½`, `${long} ¼`],
    ['a decimal point', `${long} 1.5`, `${long} 15`],
    ['an exponent', `${long} x²`, `${long} x2`],
    ['a factorial', `${long} 5!`, `${long} 5`],
    ['an emoji', '😀', '🎉'],
    ['an emoji in a long text', `${long} 👍🏽`, `${long} 👍`],
    ['a currency', `${long} €`, `${long} $`],
    ['a variable', 'Solve for x', 'Solve for X'],
    ['code', 'f(x)[0]', 'f[x](0)'],
    ['indentation', `${long}\n  if a:\n    b\n    c`, `${long}\n  if a:\n    b\n  c`],
    ['nothing to compare', '', '…'],
    ['only signs that end a clause', '...', '?!'],
    ['a word of a short text', 'Why is the sky blue?', 'Why is the sea blue?'],
    ['half of the words', long, LONG.slice(0, 30).join(' ')],
    ['a word of a language without spaces', '空はなぜ青いのですか', '海はなぜ青いのですか'],
  ])('%s', (_, one, other) => {
    expect(areNear(one, other)).toBe(false);
  });

  it('the roles of turns', () => {
    const turn = (role: string): Text => [{ role, content: long }];
    expect([areNear(turn('user'), turn('user')), areNear(turn('user'), turn('system'))]).toEqual([true, false]);
  });

  it('what stands behind an instruction that the whole file shares', () => {
    const question = (subject: string) => `${long} Answer with one word. Who repairs ${subject} today?`;
    const subjects = ['the mill', 'a boat', 'my bell', 'her gate', 'an old kite', 'that dam', 'one lamp', 'your seat'];
    const others = subjects.slice(2).map(question);
    expect(areNear(question('the mill'), question('a boat'), others)).toBe(false);
    // Two of them in a file of other texts nearly are the same.
    expect(areNear(question('the mill'), question('a boat'))).toBe(true);
  });

  it('what a person asks for, though the rest is like no other text', () => {
    const ask = (what: string) => `Amir here. I tried on the belt and it is much too small. Can I ${what}?`;
    const others = ['get a refund', 'swap it for a larger one'].flatMap((what) =>
      ['boots', 'gloves', 'coat', 'scarf'].map((thing) => `Kim here. My ${thing} came late. Can I ${what}?`),
    );
    expect(areNear(ask('get a refund'), ask('swap it for a larger one'), others)).toBe(false);
  });
});

it.each([
  ['case', long, long.toUpperCase()],
  ['white space', long, long.replaceAll(' ', ' \n')],
  ['signs that end clauses', long, `${long.replace('wordbx', 'wordbx,')}.`],
  ['one word of sixty', long, long.replace('wordky', 'other')],
  ['composed accents', `${long} café`, `${long} cafe\u0301`],
  ['the end of a question with a number', 'Who won in 1954', 'who won in 1954?'],
])('texts that differ in %s nearly are the same', (_, one, other) => {
  expect(areNear(one, other)).toBe(true);
});

it('words and marks of a text', () => {
  expect(tokensOf("Don't PAY 1,250.50 €, 'x' + Y. 日本")).toEqual({
    tokens: ["don't", 'pay', '1,250.50', '€', ',', "'", 'x', "'", '+', 'Y', '日', '本'],
    marks: "1,250.50 € , ' ' +",
  });
});

describe('records', () => {
  const nearly = (...records: readonly DataRecord[]) =>
    new RecordComparison(records).nearRepeats([...records.keys()]).length;
  const judgment = (label: boolean, line: number): DataRecord => ({
    ...{ kind: 'judgment', prompt: long, completion: `${long}.`, label },
    origin: origin(line),
  });
  const comparison = (chosen: string, rejected: string, line: number): DataRecord => ({
    ...{ kind: 'comparison', prompt: long, chosen, rejected },
    origin: origin(line),
  });
  const one = `Because ${LONG.slice(0, 20).join(' ')}`;
  const other = `Since ${LONG.slice(20, 40).join(' ')}`;

  it('with opposite labels do not repeat each other', () => {
    expect([nearly(judgment(true, 1), judgment(true, 2)), nearly(judgment(true, 1), judgment(false, 2))]).toEqual([
      1, 0,
    ]);
  });

  it('with chosen and rejected the other way round do not repeat each other', () => {
    expect(nearly(comparison(one, other, 1), comparison(one, other, 2))).toBe(1);
    expect(nearly(comparison(one, other, 1), comparison(other, one, 2))).toBe(0);
  });

  it('are compared in a time that does not grow with the square of their number', () => {
    const records = Array.from({ length: 3000 }, (_, line): DataRecord => judgment(true, line));
    const start = process.cpuUsage();
    expect(nearly(...records)).toBe(2999);
    const { user, system } = process.cpuUsage(start);
    expect((user + system) / 1e6).toBeLessThan(10);
  });
});

it('the check shows the pairs that nearly repeat each other, from where they differ', () => {
  const tally = new DuplicateTally();
  const texts = [long, 'something else', `${long.replace('wordky', 'other')}`, long];
  for (const [index, prompt] of texts.entries()) tally.add({ kind: 'prompt', prompt, origin: origin(index + 1) });
  const counts = tally.counts();
  expect(counts).toMatchObject({ exact: 1, near: 1, examinedNear: 4, repeatedPrompts: 2 });
  expect(counts.nearPairs).toEqual([
    {
      ...{ line: 3, repeats: 1 },
      text: expect.stringMatching(/^….{24}other .*…$/),
      repeatedText: expect.stringMatching(/^….{24}wordky .*…$/),
    },
  ]);
});
