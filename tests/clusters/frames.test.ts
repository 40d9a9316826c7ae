import { describe, expect, test } from 'vitest';
import { readExactJson } from '#contract/exact-json.ts';
import { readFrame, toFrames, writeBitExact } from '../../src-main/clusters/frames.ts';
import { JobLines } from '../../src-main/clusters/job-lines.ts';

const message = (text: string) => ({ kind: 'output' as const, text });

function reading() {
  const heard: unknown[] = [];
  const note = (name: string) => (what: unknown) => void heard.push([name, what]);
  const lines = new JobLines({
    onMessage: (one, number) => heard.push([number, one]),
    onNeed: note('need'),
    onPlaced: () => note('placed')(null),
    onFault: note('fault'),
    onOutput: note('output'),
    onGap: note('gap'),
  });
  return { lines, heard };
}

test('numbers survive the log bit for bit', () => {
  const values = [0, -0, Number.NaN, Infinity, -Infinity, 0.1 + 0.2, Number.MIN_VALUE, 2 ** 53, -1e-320];
  const read = readExactJson(writeBitExact({ values })) as { values: number[] };
  expect(read.values.map((value, index) => Object.is(value, values[index]))).toEqual(values.map(() => true));
});

test('a message of megabytes leaves in lines far below the limit of the log, and arrives whole', () => {
  const long = message('π\n'.repeat(700_000));
  const frames = toFrames(1, long);
  expect(frames.length).toBeGreaterThan(3);
  expect(Math.max(...frames.map((line) => Buffer.byteLength(line)))).toBeLessThan(800_000);
  expect(frames.some((line) => line.includes('\n'))).toBe(false);
  const { lines, heard } = reading();
  for (const line of frames) lines.take(line);
  expect(heard).toEqual([[1, long]]);
});

test('lines that are no frames are none', () => {
  for (const line of ['', '@keel', '@keel 1', '@keel-need {}', 'x @keel 1 1/1 {}']) expect(readFrame(line)).toBeNull();
});

describe('a log that is read again', () => {
  const log = [
    'a warning',
    '@keel-need {"files":["ab"]}',
    ...toFrames(1, message('one')),
    '@keel-placed {}',
    ...toFrames(2, message('x'.repeat(600_000))),
    ...toFrames(3, message('three')),
  ];
  const whole = [
    ['output', 'a warning\n'],
    ['need', ['ab']],
    [1, message('one')],
    ['placed', null],
    [2, message('x'.repeat(600_000))],
    [3, message('three')],
  ];

  test.each(log.map((_, cut) => cut))('after a cut behind line %i tells everything once', (cut) => {
    const { lines, heard } = reading();
    for (const line of log.slice(0, cut)) lines.take(line);
    lines.restart();
    for (const line of log) lines.take(line);
    expect(heard).toEqual(whole);
  });

  test('says when a line is missing, and reads on after it has been read again', () => {
    const { lines, heard } = reading();
    for (const line of log.filter((one) => !one.startsWith('@keel 1 '))) lines.take(line);
    expect(heard.filter((one) => (one as unknown[])[0] === 'gap').length).toBeGreaterThan(0);
    expect(heard.filter((one) => typeof (one as unknown[])[0] === 'number')).toEqual([]);
    lines.restart();
    for (const line of log) lines.take(line);
    expect(heard.filter((one) => typeof (one as unknown[])[0] === 'number')).toEqual(
      whole.filter(([name]) => typeof name === 'number'),
    );
  });
});
