import { z } from 'zod';
import { keelErrorSchema } from './runs/run-records.ts';

/** Every expected failure is sent as one typed error whose data is the plain object of a `KeelError`. */
export const errors = {
  KEEL: { status: 422, message: 'expected failure', data: keelErrorSchema },
} as const;

export const noInput = z.object({}).default({});
