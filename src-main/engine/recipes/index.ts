import type { RecipeName } from '#contract/config/index.ts';
import type { Recipe } from '../session/context.ts';
import { apa } from './apa.ts';
import { awr } from './awr.ts';
import { ppo } from './ppo.ts';
import { rewardModel } from './reward-model.ts';
import { sft } from './sft.ts';

/** Every recipe; the compiler demands a line here for each config schema. */
export const recipes: { readonly [Name in RecipeName]: Recipe<never> } = {
  sft: sft as Recipe<never>,
  'reward-model': rewardModel as Recipe<never>,
  apa: apa as Recipe<never>,
  ppo: ppo as Recipe<never>,
  awr: awr as Recipe<never>,
};
