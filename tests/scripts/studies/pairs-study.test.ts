import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { resolveStudy } from '#contract/config/index.ts';
import { lastTurn, splitPairs } from '../../../scripts/studies/pairs-data.ts';
import { PAIRS_STUDY, pairsStudy, SHORT_PAIRS, writePairFiles } from '../../../scripts/studies/pairs-study.ts';
import {
  asUser,
  PRETRAINED_STUDY,
  pretrainedStudy,
  SHORT_PRETRAINED,
  writePretrainedFiles,
} from '../../../scripts/studies/pretrained-study.ts';

const dialog = (answer: string) => `\n\nHuman: Hello.\n\nAssistant: Yes?\n\nHuman: Why?\n\nAssistant: ${answer}`;
const folder = () => mkdtempSync(join(tmpdir(), 'keel-study-test-'));
const lines = (path: string) =>
  readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, string>);

test('of two dialogs, the last question and both answers stay', () => {
  expect(lastTurn({ chosen: dialog('Because.'), rejected: dialog('No.') })).toEqual({
    prompt: 'Human: Why?\nAssistant:',
    chosen: ' Because.',
    rejected: ' No.',
  });
  expect(lastTurn({ chosen: dialog('Same.'), rejected: dialog('Same.') })).toBeNull();
  expect(lastTurn({ chosen: dialog('A.'), rejected: dialog('A.').replace('Why', 'How') })).toBeNull();
});

test('a prompt is in one part only, and nobody learns from what is held out', () => {
  const pairs = Array.from({ length: 100 }, (_, at) => ({
    ...{ prompt: `question ${at % 40}`, chosen: ` good ${at}`, rejected: ` bad ${at}` },
  }));
  const parts = splitPairs(pairs);
  const promptsOf = (of: keyof typeof parts) => new Set(parts[of].map(({ prompt }) => prompt));
  expect(parts.forReward.length + parts.forJudge.length + parts.heldOut.length).toBe(100);
  expect([promptsOf('forReward').size, promptsOf('forJudge').size, promptsOf('heldOut').size]).toEqual([16, 16, 8]);
  const all = [...promptsOf('forReward'), ...promptsOf('forJudge'), ...promptsOf('heldOut')];
  expect(new Set(all).size).toBe(40);
  const files = writePairFiles(folder(), parts);
  const held = new Set(lines(files.heldOut).map(({ prompt }) => prompt));
  const trained = [files.forReward, files.forJudge, files.answers, files.questions].flatMap(lines);
  expect(trained.filter(({ prompt }) => held.has(prompt!))).toEqual([]);
  expect(lines(files.heldOutQuestions)).toHaveLength(8);
});

test('the studies are valid configs: three methods and three seeds on shared models', () => {
  const parts = { forReward: [], forJudge: [], heldOut: [] };
  const pairs = resolveStudy(pairsStudy(PAIRS_STUDY, writePairFiles(folder(), parts)));
  expect(pairs.entries.map(({ shared }) => shared).filter(Boolean)).toEqual(['sft', 'reward', 'judge']);
  expect(pairs.entries).toHaveLength(3 + 3 * 3 * 2);
  expect(resolveStudy(pairsStudy(SHORT_PAIRS, writePairFiles(folder(), parts))).entries).toHaveLength(3 + 3 * 2);
  const files = writePretrainedFiles(folder());
  const pretrained = resolveStudy(pretrainedStudy(PRETRAINED_STUDY, 'model.gguf', files));
  expect(pretrained.entries).toHaveLength(1 + 3 * 3);
  expect(resolveStudy(pretrainedStudy(SHORT_PRETRAINED, 'model.gguf', files)).entries).toHaveLength(1 + 3);
  expect(asUser('Customer: Where is it?\nSupport:')).toEqual([{ role: 'user', content: 'Where is it?' }]);
});
