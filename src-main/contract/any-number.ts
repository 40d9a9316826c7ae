import { z } from 'zod';

/** Any number that a computation can produce, including NaN and infinities, which zod's own `number` rejects. */
export const anyNumberSchema = z.custom<number>((value) => typeof value === 'number', 'Expected a number.');
