import { guardNetwork } from './network-guard.ts';

/** Takes effect as soon as this module is evaluated, so import it before anything else. */
export const networkGuard = guardNetwork();
