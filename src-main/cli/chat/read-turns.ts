import { createInterface } from 'node:readline';
import { canceled } from '#contract/errors.ts';
import type { Shell } from '../shell.ts';

const PROMPT = '> ';

/**
 * Asks for one line on a terminal. Each line has a reader of its own: while there is none, the terminal sends Ctrl-C to
 * the program instead of passing it on as a key. Null at the end of the input. Throws `canceled` on Ctrl-C.
 */
function askOnce({ input, output }: Shell['stdio'], history: readonly string[]): Promise<string | null> {
  const reader = createInterface({ input, output, terminal: true, history: [...history] });
  return new Promise((resolve, reject) => {
    reader.once('close', () => resolve(null));
    reader.once('SIGINT', () => {
      output.write('\n');
      reject(canceled('The conversation was left.'));
      reader.close();
    });
    reader.question(PROMPT, (line) => {
      resolve(line);
      reader.close();
    });
  });
}

async function* typed(stdio: Shell['stdio']): AsyncGenerator<string> {
  const history: string[] = [];
  for (;;) {
    const line = await askOnce(stdio, history);
    if (line === null) return stdio.output.write('\n');
    if (line.trim() !== '') history.unshift(line);
    yield line;
  }
}

/** Whether a person types and reads. */
export function isPerson({ input }: Shell['stdio']): boolean {
  return (input as { readonly isTTY?: boolean }).isTTY === true;
}

/** The turns of the user: lines that a person types, or the lines of standard input. Empty ones are left out. */
export async function* readTurns(stdio: Shell['stdio']): AsyncGenerator<string> {
  const lines = isPerson(stdio)
    ? typed(stdio)
    : createInterface({ input: stdio.input, crlfDelay: Number.POSITIVE_INFINITY });
  for await (const line of lines) if (line.trim() !== '') yield line;
}
