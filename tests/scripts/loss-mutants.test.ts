import { expect, test } from 'vitest';
import { mutantsOf } from '../../scripts/mutation/loss-mutants.ts';

const LOSS = `export function tinyLoss({ logprobs, responseMask }: Inputs): Tensor {
  const error = tf.sub(logprobs, 1);
  return tf.neg(mean(error, responseMask));
}
const other = tf.sub(1, 2);
`;

test('each sign is flipped and each mask inverted, one at a time, in losses only', () => {
  const mutants = mutantsOf('tiny.ts', LOSS);
  expect(mutants.map(({ what }) => what)).toEqual([
    'line 1: responseMask inverted',
    'line 2: tf.sub → tf.add',
    'line 3: tf.neg → tf.identity',
  ]);
  const [masked, flipped] = mutants.map(({ text }) => text);
  expect(masked).toContain('Tensor { responseMask = tf.logicalNot(responseMask);\n  const error = tf.sub');
  expect(flipped).toBe(LOSS.replace('tf.sub(logprobs', 'tf.add(logprobs'));
});
