import { startRuntime } from '#engine/runtime/start-runtime.ts';
import type { Runtime } from '#engine/runtime/types.ts';

const binding = process.env.KEEL_ENGINE_BINDING || null;

export interface RuntimeKind {
  readonly kind: 'eager' | 'compiled' | 'javascript';
  start(): Promise<Runtime>;
}

const javascript: RuntimeKind = {
  kind: 'javascript',
  start: () => startRuntime({ binding: null, mode: 'eager' }),
};

/** True when the machine has the native engine; the tests of it are left out otherwise. */
export const hasNative = binding !== null;

/** The kinds that run on native TensorFlow; empty without the engine. */
export const nativeKinds: readonly RuntimeKind[] = binding
  ? (['eager', 'compiled'] as const).map((kind) => ({ kind, start: () => startRuntime({ binding, mode: kind }) }))
  : [];

/** Every way in which this machine can run a step. */
export const runtimeKinds: readonly RuntimeKind[] = [...nativeKinds, javascript];
