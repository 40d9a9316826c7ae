import { expect, test } from 'vitest';
import { oneAfterAnother } from '../../../../src-renderer/pages/run/one-after-another.ts';

test('what is asked for while another thing is under way is done after it, the same thing once', async () => {
  const { asked, inTurn } = oneAfterAnother();
  const order: string[] = [];
  let finishSet: (isDone: boolean) => void = () => undefined;
  const set = inTurn('set', () => {
    order.push('set');
    return new Promise((resolve) => {
      finishSet = resolve;
    });
  });
  const goOn = inTurn('unpause', async () => {
    order.push('unpause');
    return true;
  });
  const again = inTurn('unpause', async () => order.push('again') > 0);
  await Promise.resolve();
  expect(order).toEqual(['set']);
  expect(asked.value).toEqual(['set', 'unpause']);
  finishSet(false);
  expect(await Promise.all([set, goOn, again])).toEqual([false, true, false]);
  expect(order).toEqual(['set', 'unpause']);
  expect(asked.value).toEqual([]);
});
