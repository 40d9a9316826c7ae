import { z } from 'zod';
import { keelErrorSchema } from './runs/run-records.ts';

/** Every expected failure crosses as one typed error whose data is a `KeelError`'s plain object. */
export const errors = {
  KEEL: { status: 422, message: 'expected failure', data: keelErrorSchema },
} as const;

export const noInput = z.object({}).default({});
