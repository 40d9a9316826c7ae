import { z } from 'zod';
import { field, whole, words } from '../fields/field.ts';
import { PRESET_NAMES } from '../preset.ts';

/** Highest version of the config file that this Keel reads. */
export const CONFIG_VERSION = 1;

/** The first lines of every config. */
export const headingFields = <Recipe extends string>(recipe: Recipe) => ({
  version: field(z.literal(CONFIG_VERSION), { description: 'Version of the config format.' }),
  recipe: field(z.literal(recipe), { description: 'Which method trains.' }),
  preset: field(z.enum(PRESET_NAMES), {
    description: 'Where values come from that the config leaves out: `keel`, or `authors` for the released code.',
  }),
  name: field(z.string().min(1).max(100), { description: 'What the run is called.' }),
  seed: field(whole(0, 2_147_483_647), { description: 'Seed of all randomness of the run; 0 is a seed.' }),
});

const REFERENCE = 'a folder in Hugging Face form, or what a run has made: `run:<id>/policy`';

/** A model's folder, or a reference to an artifact. */
export const modelField = (what: string) => field(words(), { description: `${what}: ${REFERENCE}.` });

/** The same, but may be left to its default. */
export const optionalModelField = (what: string) =>
  field(words().nullable(), { description: `${what}: ${REFERENCE}.` });
