import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  formatDateTime,
  formatShortDateTime,
  formatTimeOfDay,
} from '../../../../src-renderer/parts/words/format-time.ts';

test('moments are written as the locale writes them, midnight as 00', () => {
  const written = (at: number, locale: string, options: Intl.DateTimeFormatOptions) =>
    new Date(at).toLocaleString(locale, { ...options, hourCycle: 'h23' });
  const moments = fc.integer({ min: Date.UTC(2001, 0, 1), max: Date.UTC(2100, 0, 1) });
  fc.assert(
    fc.property(moments, (at) => {
      expect(formatDateTime(at)).toBe(written(at, 'en-US', { dateStyle: 'medium', timeStyle: 'short' }));
      const short = { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' } as const;
      expect(formatShortDateTime(at)).toBe(written(at, 'en-US', short));
      expect(formatTimeOfDay(at)).toBe(written(at, 'en-GB', { timeStyle: 'medium' }));
    }),
    { numRuns: 500, seed: 0 },
  );
  expect(formatDateTime(null)).toBe('–');
});
