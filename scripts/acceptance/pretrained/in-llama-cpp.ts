import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadTokenizer } from '../../../src-main/engine/tokenizer/files/load-tokenizer.ts';
import { askLlamaCpp } from '../../../tests/support/llama-cpp.ts';
import { keel } from '../run-program.ts';

const NEW_TOKENS = 24;
/** Two tokens whose log-probabilities differ by less, in nats, are a tie: llama.cpp rounds activations to F16. */
const TIE = 0.02;

/** Whether llama.cpp and Keel agree about a file, and a sentence for each place where they chose another token. */
export interface Agreement {
  readonly equal: number;
  readonly prompts: number;
  readonly tokens: number;
  readonly areTies: boolean;
  readonly differences: readonly string[];
}

interface Continued {
  readonly prompt: readonly number[];
  readonly ours: readonly number[];
  readonly theirs: readonly number[];
}

/** How much likelier Keel's choice is for Keel at the first place where the two differ. */
async function explain({ prompt, ours, theirs }: Continued, path: string, folder: string) {
  const at = ours.findIndex((id, place) => id !== theirs[place]);
  // The shorter of two otherwise equal continuations has been cut, which is no tie.
  if (at < 0 || theirs[at] === undefined) return { gap: Number.POSITIVE_INFINITY, at };
  const input = join(folder, 'tie.jsonl');
  const both = [ours, theirs].map((chosen) => ({ ids: [...prompt, ...ours.slice(0, at), chosen[at]] }));
  writeFileSync(input, both.map((row) => `${JSON.stringify(row)}\n`).join(''));
  const rows = (await keel(['score', '--model', path, '--input', input])) as unknown as { logprobs: number[] }[];
  const [first, second] = rows.map(({ logprobs }) => logprobs.at(-1)!);
  return { gap: first! - second!, at };
}

/** Continues chat prompts greedily in Keel and in llama.cpp with the same GGUF file. */
export async function compareWithLlamaCpp(
  llama: string,
  path: string,
  questions: readonly string[],
  folder: string,
): Promise<Agreement> {
  const chats = questions.map((content) => [{ role: 'user', content }]);
  const input = join(folder, 'chats.jsonl');
  writeFileSync(input, chats.map((messages) => `${JSON.stringify({ messages })}\n`).join(''));
  const flags = ['--temperature', '0', '--max-new-tokens', String(NEW_TOKENS)];
  const rows = await keel(['generate', '--model', path, '--input', input, ...flags]);
  const tokenizer = loadTokenizer(path);
  const prompts = chats.map((chat) => tokenizer.applyChatTemplate(chat, { addGenerationPrompt: true }).ids);
  const { greedy } = askLlamaCpp(llama, { path, prompts, newTokens: NEW_TOKENS, scored: [], texts: [] });
  const continued = prompts.map((prompt, index): Continued => {
    return { prompt, ours: rows[index]!.ids as number[], theirs: greedy[index]! };
  });
  const others = continued.filter(({ ours, theirs }) => JSON.stringify(ours) !== JSON.stringify(theirs));
  const found = [];
  for (const one of others) found.push(await explain(one, path, folder));
  return {
    equal: prompts.length - others.length,
    prompts: prompts.length,
    tokens: continued.reduce((sum, { ours }) => sum + ours.length, 0),
    areTies: found.every(({ gap }) => gap < TIE),
    differences: found.map(
      ({ gap, at }) => `another token at place ${at + 1}, which Keel finds ${gap.toFixed(4)} nats less likely`,
    ),
  };
}
