import { guardNetwork } from './network-guard.ts';

/** In force from the moment this module is evaluated: whoever imports it first has it before anything else loads. */
export const networkGuard = guardNetwork();
