import { createRequire } from 'node:module';
import util from 'node:util';
import type * as tfjs from '@tensorflow/tfjs';

const require = createRequire(import.meta.url);

// The addon's JavaScript calls two helpers: Node 24 has removed one and prints a warning for the other.
const legacy = util as unknown as Record<string, unknown>;
legacy.isNullOrUndefined = (value: unknown) => value === null || value === undefined;
legacy.isArray = Array.isArray;

/** The process's only TensorFlow.js; nothing outside this folder imports the package. */
export const tf = require('@tensorflow/tfjs') as typeof tfjs;
