import { z } from 'zod';

/** A number as a computation gives it, NaN and the infinities included; zod's own `number` refuses the infinities. */
export const anyNumberSchema = z.custom<number>((value) => typeof value === 'number', 'Expected a number.');
