import { afterAll, beforeAll, describe, test } from 'vitest';
import { labelLogprobs } from '#engine/runtime/ops/log-softmax.ts';
import { countSelected, maskedSum } from '#engine/runtime/ops/masked.ts';
import { tf } from '#engine/runtime/tf.ts';
import type { Runtime, Tensor } from '#engine/runtime/types.ts';
import { expectArray, flags, floats, ints, type Nested, readGolden } from '../../../support/apa-vectors.ts';
import { differentiate } from '../../../support/loss-gradient.ts';
import { runtimeKinds } from '../../../support/runtimes.ts';

/** ILQL is no recipe of Keel; its golden numbers test the masked sums and log-prob ops in a larger formula. */
interface IlqlCase {
  readonly name: string;
  readonly hyper: Readonly<Record<'tau' | 'gamma' | 'cql' | 'awac' | 'beta', number>>;
  readonly inputs: Readonly<Record<'logits' | 'v' | 'actions' | 'actions_ixs' | 'rewards' | 'dones', Nested>> &
    Readonly<Record<'q' | 'target_q', readonly Nested[]>>;
  readonly expected: Readonly<Record<'loss' | 'loss_q' | 'loss_v' | 'loss_cql' | 'loss_awac', number>> & {
    readonly dlogits: Nested;
    readonly dq: readonly Nested[];
    readonly dv: Nested;
  };
}

const { ilql_cases: cases } = readGolden<{ readonly ilql_cases: readonly IlqlCase[] }>('vectors.json');

/** The entries of actions, [b, n, v] to [b, n], by a one-hot sum. */
function picked(q: Tensor, actions: Tensor): Tensor {
  const chosen = tf.oneHot(actions.flatten().toInt(), q.shape[2]!).reshape(q.shape).toFloat();
  return tf.sum(tf.mul(q, chosen), -1);
}

function ilqlLoss(all: Record<string, Tensor>, { hyper, inputs }: IlqlCase) {
  const { tau, gamma, cql, awac, beta } = hyper;
  const [rows, n] = all.actions!.shape as [number, number];
  const running = tf.slice(all.dones!, [0, 0], [rows, n]).toBool();
  const mean = (x: Tensor) => tf.div(maskedSum(x, running), tf.maximum(countSelected(running), 1));
  const values = tf.slice(all.v!, [0, 0], [rows, n]);
  const next = tf.slice(floatsOf(inputs.v), [0, 1], [rows, n]);
  const later = tf.slice(all.dones!, [0, 1], [rows, n]).toFloat();
  const target = tf.add(all.rewards!, tf.mul(gamma, tf.mul(next, later)));
  const targetQ = tf.minimum(picked(all.target0!, all.actions!), picked(all.target1!, all.actions!));
  const gap = tf.sub(targetQ, values);
  const frozenGap = tf.sub(targetQ, tf.slice(floatsOf(inputs.v), [0, 0], [rows, n]));
  const weight = tf.where(tf.greaterEqual(frozenGap, 0), tf.fill([rows, n], tau), tf.fill([rows, n], 1 - tau));
  const qs = [all.q0!, all.q1!];
  const lossQ = tf.addN(qs.map((q) => mean(tf.square(tf.sub(picked(q, all.actions!), target)))));
  const lossV = mean(tf.mul(weight, tf.square(gap)));
  const lossCql = tf.addN(qs.map((q) => mean(tf.neg(labelLogprobs(q, all.actions!)))));
  const vocabulary = all.logits!.shape[2]!;
  const at = tf.oneHot(all.places!.flatten().toInt(), all.logits!.shape[1]!).reshape([rows, n, -1]).toFloat();
  const acting = tf.matMul(at, all.logits!).reshape([rows, n, vocabulary]);
  const lossAwac = mean(tf.mul(tf.exp(tf.mul(beta, frozenGap)), tf.neg(labelLogprobs(acting, all.actions!))));
  const loss = tf.addN([lossQ, lossV, tf.mul(cql, lossCql), tf.mul(awac, lossAwac)]);
  return { loss, stats: { loss_q: lossQ, loss_v: lossV, loss_cql: lossCql, loss_awac: lossAwac } };
}

const floatsOf = (value: Nested) => tf.tensor(floats(value).data, [...floats(value).shape]);

describe.each([...runtimeKinds])('on $kind', ({ start }) => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await start();
  });
  afterAll(() => runtime.dispose());

  test.each(cases)('$name', (one) => {
    const { inputs, expected } = one;
    const leaves = {
      logits: floats(inputs.logits),
      q0: floats(inputs.q[0]!),
      q1: floats(inputs.q[1]!),
      v: floats(inputs.v),
    };
    const fed = {
      target0: floats(inputs.target_q[0]!),
      target1: floats(inputs.target_q[1]!),
      actions: ints(inputs.actions),
      places: ints(inputs.actions_ixs),
      rewards: floats(inputs.rewards),
      dones: flags(inputs.dones),
    };
    const got = differentiate(runtime, leaves, fed, (all) => ilqlLoss(all, one));
    expectArray([got.loss], expected.loss);
    for (const part of ['loss_q', 'loss_v', 'loss_cql', 'loss_awac'] as const) {
      expectArray([got.stats[part]!], expected[part]);
    }
    expectArray(got.gradients.logits!, expected.dlogits);
    expectArray(got.gradients.q0!, expected.dq[0]!);
    expectArray(got.gradients.q1!, expected.dq[1]!);
    expectArray(got.gradients.v!, expected.dv);
  });
});
