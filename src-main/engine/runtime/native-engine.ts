import { createRequire } from 'node:module';
import type { Binding } from './binding.ts';
import { JAVASCRIPT, NATIVE, type NativeBackend } from './native.ts';
import { replaceKernels } from './native-kernels.ts';
import { tf } from './tf.ts';

const require = createRequire(import.meta.url);

interface LoadedEngine {
  readonly path: string;
  readonly binding: Binding;
  readonly backend: NativeBackend;
}

let loaded: LoadedEngine | null = null;

/**
 * Loads the native addon from a file and registers its kernels; once per process, later calls must name the same file.
 * The environment of {@link engineEnvironment} must have been set before the process started.
 */
export function loadNativeEngine(path: string): LoadedEngine {
  if (loaded) {
    if (loaded.path !== path) throw new Error(`The engine of this process was loaded from ${loaded.path} already.`);
    return loaded;
  }
  const binding = require(path) as Binding;
  require('@tensorflow/tfjs-node-gpu/dist/register_all_kernels');
  const { NodeJSKernelBackend } = require('@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend') as {
    NodeJSKernelBackend: new (binding: Binding, name: string) => NativeBackend;
  };
  const backend = new NodeJSKernelBackend(binding, '@tensorflow/tfjs-node-gpu');
  replaceKernels();
  tf.registerBackend(NATIVE, () => backend as never, 3);
  loaded = { path, binding, backend };
  return loaded;
}

/** Makes the native or the JavaScript backend the one that ops run on. */
export function activateBackend(native: boolean): void {
  const wanted = native ? NATIVE : JAVASCRIPT;
  if (tf.getBackend() === wanted) return;
  tf.setBackend(wanted);
  // Silences the JavaScript backend's advertisement for the native one; `keel doctor` says it in our words.
  if (!native) (tf.backend() as unknown as { firstUse: boolean }).firstUse = false;
}
