import { expect, test } from 'vitest';
import type { ResumePlan } from '#contract/api/runs/resume-plan.ts';
import { resumePlace, resumeWords, shortResumePlace } from '#contract/resume-words.ts';

const stage = (number: number) => ({ name: 'apa', number, of: 3 });
const PLANS: readonly ResumePlan[] = [
  { from: 'checkpoint', step: 20, stage: null },
  { from: 'start', step: 0, stage: null },
  { from: 'checkpoint', step: 20, stage: stage(2) },
  { from: 'start', step: 0, stage: stage(2) },
  { from: 'start', step: 0, stage: stage(1) },
  { from: 'end', step: 0, stage: null },
];

test('what a resume will do is said in a clause', () => {
  expect(PLANS.map((plan) => resumeWords(plan, (name) => name.toUpperCase()))).toEqual([
    'resume from step 20',
    'start again',
    'resume at stage 2 of 3 (APA) from step 20',
    'resume at stage 2 of 3 (APA) from its start',
    'start again at stage 1 of 3 (APA)',
    'finish: every stage is done',
  ]);
});

test('where it begins is said in a few words', () => {
  expect(PLANS.map((plan) => resumePlace(plan))).toEqual([
    'step 20',
    'the start',
    'stage 2 of 3 (apa), step 20',
    'stage 2 of 3 (apa), the start',
    'stage 1 of 3 (apa), the start',
    'the end',
  ]);
  expect(PLANS.map(shortResumePlace)).toEqual([
    'step 20',
    'the start',
    'stage 2, step 20',
    'stage 2, the start',
    'stage 1, the start',
    'the end',
  ]);
});
