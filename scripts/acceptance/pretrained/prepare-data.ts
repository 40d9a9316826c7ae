import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rewardSchema } from '../../../src-main/contract/config/groups/reward.ts';
import { openRules } from '../../research/starter/open-rules.ts';
import { keel } from '../run-program.ts';
import { politeRules } from './polite-rules.ts';
import { heldOutQuestions } from './questions.ts';

/** Longest response in tokens. */
export const MAX_NEW_TOKENS = 40;
/** Of every sampled response. */
export const TEMPERATURE = 0.7;
/** A demonstration lacks one point of the rules at most. */
const DEMONSTRATION_SCORE = 3;
/** A pair differs by half a point at least. */
const PAIR_MARGIN = 0.5;

type Message = { readonly role: 'user' | 'assistant'; readonly content: string };

const user = (content: string): Message => ({ role: 'user', content });
const assistant = (content: string): Message => ({ role: 'assistant', content });

/** An earlier conversation in the wanted manner; it is part of the prompt when responses are sampled, and of no row. */
const EARLIER: readonly Message[] = [
  user('What is volleyball?'),
  assistant('Thank you for asking. Volleyball is a game in which two teams hit a ball over a net.'),
  user('How do I get started with typing?'),
  assistant('I am happy to help. Start typing with both hands on the keyboard, slowly at first.'),
  user('Why do people like theater?'),
  assistant('Great question! People like theater because the actors are so close.'),
];

interface Candidate {
  readonly text: string;
  readonly score: number;
}

/** Files of the rows, and how many demonstrations and pairs there are. */
export interface PreparedData {
  readonly demonstrations: string;
  readonly pairs: string;
  readonly prompts: string;
  readonly heldOut: string;
  readonly counts: { readonly demonstrations: number; readonly pairs: number };
  /** Mean scores of the demonstrations, and of the responses to the bare questions. */
  readonly scores: { readonly demonstrations: number; readonly bare: number };
}

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Responses of the model: to each question two after the earlier conversation, then one to the question alone. */
async function sample(model: string, questions: readonly string[], folder: string): Promise<readonly Candidate[][]> {
  const conversations = questions.flatMap((question) => [
    [...EARLIER, user(question)],
    [...EARLIER, user(question)],
    [user(question)],
  ]);
  const input = join(folder, 'conversations.jsonl');
  writeRows(
    input,
    conversations.map((messages) => ({ messages })),
  );
  const flags = ['--max-new-tokens', String(MAX_NEW_TOKENS), '--temperature', String(TEMPERATURE)];
  const rows = await keel(['generate', '--model', model, '--input', input, ...flags]);
  const texts = rows.map(({ text }) => String(text).trim());
  const scores = openRules(rewardSchema.parse(politeRules))(
    questions.flatMap((question) => [question, question, question]),
    texts,
  );
  return questions.map((_, index) =>
    [0, 1, 2].map((turn) => ({ text: texts[3 * index + turn]!, score: scores[3 * index + turn]! })),
  );
}

function writeRows(path: string, rows: readonly object[]): string {
  writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return path;
}

/**
 * Writes the rows of the three runs: responses that the model itself has sampled, the best of each question by the
 * rules as its demonstration, and the best and the worst as a pair.
 */
export async function prepareData(model: string, questions: readonly string[], folder: string): Promise<PreparedData> {
  mkdirSync(folder, { recursive: true });
  const sampled = await sample(model, questions, folder);
  const ranked = sampled.map((candidates) => candidates.toSorted((a, b) => b.score - a.score));
  const demonstrations = ranked.flatMap(([best], index) =>
    best!.score >= DEMONSTRATION_SCORE && best!.text ? [{ ...best!, question: questions[index]! }] : [],
  );
  const pairs = ranked.flatMap((candidates, index) => {
    const [best, worst] = [candidates[0]!, candidates.at(-1)!];
    const isClear = best.score - worst.score >= PAIR_MARGIN && best.text && worst.text;
    return isClear ? [{ question: questions[index]!, best, worst }] : [];
  });
  return {
    demonstrations: writeRows(
      join(folder, 'demonstrations.jsonl'),
      demonstrations.map(({ question, text }) => ({ prompt: [user(question)], completion: [assistant(text)] })),
    ),
    pairs: writeRows(
      join(folder, 'pairs.jsonl'),
      pairs.map(({ question, best, worst }) => ({
        prompt: [user(question)],
        chosen: [assistant(best.text)],
        rejected: [assistant(worst.text)],
      })),
    ),
    prompts: writeRows(
      join(folder, 'prompts.jsonl'),
      questions.map((question) => ({ prompt: [user(question)] })),
    ),
    heldOut: writeRows(
      join(folder, 'held-out.jsonl'),
      heldOutQuestions.map((question) => ({ prompt: [user(question)] })),
    ),
    counts: { demonstrations: demonstrations.length, pairs: pairs.length },
    scores: {
      demonstrations: mean(demonstrations.map(({ score }) => score)),
      bare: mean(sampled.map((candidates) => candidates[2]!.score)),
    },
  };
}
