import { expect, test } from 'vitest';
import type { EventRow } from '#contract/api/runs/run-records.ts';
import { openFindings, standingEvents } from '../../../../../src-renderer/pages/run/findings/open-findings.ts';

const event = (sequence: number, step: number | null, name: string, detail: EventRow['detail']): EventRow => ({
  ...{ sequence, at: 0, step, level: 'warning', name, detail },
});
const found = (sequence: number, step: number, regime: string, state = 'open') =>
  event(sequence, step, 'doctor', { regime, state });

test('what was taken back is gone, the newest comes first', () => {
  const events = [
    found(1, 3, 'collapse'),
    found(2, 4, 'repetition'),
    found(3, 5, 'no_anchor'),
    found(4, 8, 'repetition', 'closed'),
  ];
  expect(openFindings(events).map(({ regime }) => regime)).toEqual(['no_anchor', 'collapse']);
});

test('a rollback that the page has seen takes what came after its step away, and nothing that is told later', () => {
  const back = event(5, null, 'rolled_back', { to: 4 });
  const events = [found(1, 3, 'no_anchor'), found(2, 6, 'collapse'), back, found(6, 6, 'repetition')];
  expect(openFindings(events).map(({ regime }) => regime)).toEqual(['repetition', 'no_anchor']);
  expect(standingEvents([{ ...found(1, 3, 'collapse'), branch: 0 }])).toEqual([]);
});
