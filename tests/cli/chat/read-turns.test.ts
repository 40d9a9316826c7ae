import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { readTurns } from '../../../src-main/cli/chat/read-turns.ts';

/** A terminal's two ends, and everything that was written to it. */
function terminal(isTTY: boolean) {
  const input = Object.assign(new PassThrough(), { isTTY });
  const output = new PassThrough();
  let shown = '';
  output.on('data', (text) => {
    shown += text;
  });
  return { stdio: { input, output }, input, shown: () => shown };
}

it('gives the lines of piped input, without empty ones and without a prompt', async () => {
  const { stdio, input, shown } = terminal(false);
  input.end('one\r\n\n  \ntwo');
  const lines: string[] = [];
  for await (const line of readTurns(stdio)) lines.push(line);
  expect([lines, shown()]).toEqual([['one', 'two'], '']);
});

it('asks a person line by line, and ends at the end of the input', async () => {
  const { stdio, input, shown } = terminal(true);
  const lines: string[] = [];
  input.write('one\r');
  for await (const line of readTurns(stdio)) {
    lines.push(line);
    // Only what is typed while there is a prompt is a line; the last key is Ctrl-D.
    input.write(lines.length < 2 ? 'two\r' : '\u0004');
  }
  expect(lines).toEqual(['one', 'two']);
  expect(shown().match(/> /g)?.length).toBeGreaterThanOrEqual(3);
});

it('Ctrl-C at the prompt leaves', async () => {
  const { stdio, input } = terminal(true);
  input.write('\u0003');
  await expect(readTurns(stdio).next()).rejects.toMatchObject({ code: 'canceled', kind: 'canceled' });
});
