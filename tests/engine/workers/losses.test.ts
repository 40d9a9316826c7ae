import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectArray, flat, type Nested, readGolden } from '../../support/apa-vectors.ts';
import { readGroupLosses } from '../../support/group-losses.ts';
import { KEEL_TORCH, PYTHON } from '../../support/worker-group.ts';

interface Differentiated {
  readonly loss: number;
  readonly gradient: Nested;
  readonly dlogits?: Nested;
  readonly stats: Readonly<Record<string, number>>;
}
type Losses = 'apa' | 'awr' | 'ppo' | 'vf_unclipped' | 'vf_clipped';
interface Found {
  readonly tokens: readonly (Readonly<Record<Losses, Differentiated>> & Readonly<Record<'logp' | 'entropy', Nested>>)[];
  readonly pairs: readonly Readonly<Record<'chosen' | 'rejected', Differentiated>>[];
  readonly adam: readonly (readonly Nested[])[];
  readonly grpo: readonly Differentiated[];
  readonly rloo: readonly Differentiated[];
}
interface Wanted {
  readonly loss: number;
  readonly dlogp: Nested;
  readonly dlogits: Nested;
  readonly dvalues: Nested;
}

const golden = readGolden<{
  readonly token_cases: readonly {
    readonly name: string;
    readonly expected: Record<Losses, Wanted> & Found['tokens'][0];
  }[];
  readonly pairwise_cases: readonly {
    readonly name: string;
    readonly expected: { readonly loss: number; readonly dchosen: Nested; readonly drejected: Nested };
  }[];
  readonly adamw_cases: readonly { readonly name: string; readonly expected: readonly { readonly param: Nested }[] }[];
}>('vectors.json');
const groups = readGroupLosses();

const fixture = (path: string) => join(import.meta.dirname, '../../fixtures', path);

describe.runIf(PYTHON)("keel_torch's losses (KEEL_TEST_PYTHON)", () => {
  let found: Found;
  beforeAll(() => {
    const script = join(import.meta.dirname, 'vector_losses.py');
    const files = [fixture('apa/vectors.json'), fixture('group-losses/losses.json')];
    const env = { ...process.env, PYTHONPATH: KEEL_TORCH, PYTHONDONTWRITEBYTECODE: '1' };
    const text = execFileSync(PYTHON!, [script, ...files], { encoding: 'utf8', env, maxBuffer: 2 ** 28 });
    found = JSON.parse(text) as Found;
  });

  it.each(golden.token_cases.map(({ name }, index) => ({ name, index })))('$name', ({ index }) => {
    const [got, want] = [found.tokens[index]!, golden.token_cases[index]!.expected];
    for (const name of ['apa', 'awr', 'ppo'] as const) {
      expectArray([got[name].loss], want[name].loss);
      expectArray(flat(got[name].gradient), want[name].dlogp);
      expectArray(flat(got[name].dlogits!), want[name].dlogits);
    }
    for (const name of ['vf_unclipped', 'vf_clipped'] as const) {
      expectArray([got[name].loss], want[name].loss);
      expectArray(flat(got[name].gradient), want[name].dvalues);
    }
    expectArray(flat(got.logp), want.logp);
    expectArray(flat(got.entropy), want.entropy);
  });

  it.each(golden.pairwise_cases.map(({ name }, index) => ({ name, index })))('tokenwise: $name', ({ index }) => {
    const [got, want] = [found.pairs[index]!, golden.pairwise_cases[index]!.expected];
    expectArray([got.chosen.loss], want.loss);
    expectArray(flat(got.chosen.gradient), want.dchosen);
    expectArray(flat(got.rejected.gradient), want.drejected);
  });

  it.each(golden.adamw_cases.map(({ name }, index) => ({ name, index })))('AdamW: $name', ({ index }) => {
    const want = golden.adamw_cases[index]!.expected;
    expect(found.adam[index]!.length).toBe(want.length);
    for (const [step, { param }] of want.entries())
      expectArray(flat(found.adam[index]![step]!), param, { tolerance: 1e-8 });
  });

  it.each(['grpo', 'rloo'] as const)("%s is TRL's", (name) => {
    groups[name].forEach((want, index) => {
      expectArray([found[name][index]!.loss], want.loss);
      expectArray(flat(found[name][index]!.gradient), want.dlogits);
    });
  });
});

it.skipIf(PYTHON)('torch was not asked: set KEEL_TEST_PYTHON to a Python that has it', () => {});
