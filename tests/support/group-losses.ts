import { readFileSync } from 'node:fs';
import type { Nested } from './apa-vectors.ts';

interface GroupLoss {
  readonly loss: number;
  readonly dlogits: Nested;
}

/** Losses and gradients of GRPO and RLOO, made by TRL's own trainers: tests/golden/make_group_losses.py. */
export function readGroupLosses(): Readonly<Record<'grpo' | 'rloo', readonly GroupLoss[]>> {
  return JSON.parse(readFileSync(new URL('../fixtures/group-losses/losses.json', import.meta.url), 'utf8'));
}
