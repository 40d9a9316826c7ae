import { fileURLToPath } from 'node:url';

/** Program of an engine that speaks the protocol and computes nothing. */
export const FAKE_ENGINE = fileURLToPath(new URL('./fake-engine.ts', import.meta.url));
