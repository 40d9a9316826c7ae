import { z } from 'zod';
import { field, whole, words } from '../fields/field.ts';
import { PRESET_NAMES } from '../preset.ts';

/** The highest config version that this version of Keel reads. */
export const CONFIG_VERSION = 1;

/** The first lines of every config. */
export const headingFields = <Recipe extends string>(recipe: Recipe) => ({
  version: field(z.literal(CONFIG_VERSION), { description: 'Version of the config format.' }),
  recipe: field(z.literal(recipe), { description: 'The training method.' }),
  preset: field(z.enum(PRESET_NAMES), {
    description: 'Where values that the config leaves out come from: `keel`, or `authors` for the released code.',
  }),
  name: field(z.string().min(1).max(100), { description: 'Name of the run.' }),
  seed: field(whole(0, 2_147_483_647), { description: 'Seed of all randomness in the run; 0 is a valid seed.' }),
});

const REFERENCE = 'a folder in Hugging Face format or the output of a run (`run:<id>/policy`)';

/** A model's folder, or a reference to an artifact. */
export const modelField = (what: string) => field(words(), { description: `${what}: ${REFERENCE}.` });

/** The same, but null selects the default. */
export const optionalModelField = (what: string) =>
  field(words().nullable(), { description: `${what}: ${REFERENCE}.` });
