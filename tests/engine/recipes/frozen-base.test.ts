import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { FROZEN_DTYPES, resolveRecipeConfig } from '#contract/config/index.ts';
import { runJob } from '#engine/jobs/index.ts';
import { jobSchema } from '#engine/protocol.ts';
import { setComputeDtype } from '#engine/runtime/ops/product.ts';
import type { Runtime, Variables } from '#engine/runtime/types.ts';
import { createControl } from '#engine/session/control.ts';
import { runJob as runRequest } from '../../support/engine-run.ts';
import { freshTinyWorld } from '../../support/fresh-tiny-world.ts';
import { hasNative, nativeKinds } from '../../support/runtimes.ts';
import { type TinyWorld, tinyConfigs } from '../../support/tiny-world.ts';

/** Bits of each variable's numbers, as its storage widens them. */
type Bits = ReadonlyMap<string, Uint32Array>;

let world: TinyWorld;
let rewardModel: string;

const LORA = { peft_type: 'lora', r: 2, lora_alpha: 4 };

function bitsOf(variables: Variables): Bits {
  const bits = (name: string) => new Uint32Array(variables.read(name).data.slice().buffer);
  return new Map(variables.names().map((name) => [name, bits(name)]));
}

const differing = (prefix: string, before: Bits, after: Bits) =>
  [...before]
    .filter(([name, bits]) => name.startsWith(`${prefix}/`) && bits.some((one, at) => one !== after.get(name)![at]))
    .map(([name]) => name);

/** Runs a config in this process; the engine's variables once its models are open, and after its last update. */
async function bitsAround(runtime: Runtime, name: string, config: Readonly<Record<string, unknown>>) {
  const runFolder = join(world.folder, name);
  mkdirSync(runFolder);
  const job = jobSchema.parse(runRequest({ runFolder, resumeFrom: null }, resolveRecipeConfig(config).file));
  let before: Bits | null = null;
  const look = () => {
    if (before === null && runtime.variables.names('optimizer/').length === 0) before = bitsOf(runtime.variables);
  };
  const control = createControl([], () => undefined);
  const kinds: string[] = [];
  await runJob(job, { runtime, control, tell: ({ kind }) => kinds.push(kind) && look() });
  expect(kinds.at(-1)).toBe('summary');
  return { before: before!, after: bitsOf(runtime.variables), artifacts: join(runFolder, 'artifacts') };
}

function configOf(recipe: string, engine: object) {
  const config = tinyConfigs(world, 2)[recipe] as Record<string, object>;
  return { ...config, adapter: LORA, engine: { ...config.engine, ...engine } };
}

beforeAll(async () => {
  const fresh = await freshTinyWorld();
  world = fresh.world;
  if (!hasNative) return fresh.remove;
  const runtime = await nativeKinds[0]!.start();
  const { artifacts } = await bitsAround(runtime, 'reward-run', configOf('reward-model', {}));
  rewardModel = join(artifacts, 'reward_model');
  runtime.dispose();
  return fresh.remove;
});

const cases = [
  ...FROZEN_DTYPES.map((stored) => ({ kind: 'compiled', stored, products: 'float32' }) as const),
  { kind: 'compiled', stored: 'bfloat16', products: 'bfloat16' } as const,
  { kind: 'eager', stored: 'float32', products: 'float32' } as const,
  { kind: 'eager', stored: 'nf4', products: 'float32' } as const,
];

describe.runIf(hasNative)('the base in memory', () => {
  test.each(cases)(
    'stored as $stored, $kind, products in $products: bit-equal after updates of policy and critic',
    async ({ kind, stored, products }) => {
      const runtime = await nativeKinds.find((one) => one.kind === kind)!.start();
      setComputeDtype(products);
      onTestFinished(() => {
        setComputeDtype('float32');
        runtime.dispose();
      });
      const { before, after } = await bitsAround(runtime, `apa-${kind}-${stored}-${products}`, {
        ...configOf('apa', { frozen_dtype: stored }),
        reward: { type: 'model', model: rewardModel },
        critic: { init: 'reward_model', head: 'linear' },
      });
      const baseNames = [...before.keys()].filter((name) => name.startsWith('base/'));
      expect(baseNames.length).toBeGreaterThan(20);
      expect([...after.keys()].filter((name) => name.startsWith('base/'))).toEqual(baseNames);
      expect(differing('base', before, after)).toEqual([]);
      expect(differing('reward', before, after)).toEqual([]);
      const factors = (prefix: string) => [...before.keys()].filter((name) => name.startsWith(`${prefix}/`));
      for (const prefix of ['policy', 'critic']) expect(differing(prefix, before, after)).toEqual(factors(prefix));
    },
  );
});
