import os from 'node:os';
import { runEagerly } from './eager-step.ts';
import { activeSettings } from './environment.ts';
import { CompiledSteps } from './graph/compiled-steps.ts';
import { type FloatHost, float32 } from './host-tensor.ts';
import { activateBackend, loadNativeEngine } from './native-engine.ts';
import { NativeScope, nativeStorage } from './native-variables.ts';
import { roundsProducts } from './rounds-products.ts';
import { StepScope } from './step-scope.ts';
import type { StoredDtype } from './stored-dtype.ts';
import { tf } from './tf.ts';
import type { AdamUpdate, CompiledStep, DeviceReport, Runtime, Step, Tensor } from './types.ts';
import { type VariableSlot, type VariableStorage, VariableTable } from './variable-table.ts';

/** The backend has no float16: such a variable holds the numbers that one could hold, in float32. */
function keptTensor({ data, shape }: FloatHost, stored: StoredDtype): Tensor {
  const own = stored === 'float16' ? data.map(Math.f16round) : data.slice();
  return tf.keep(tf.tensor(own, [...shape]));
}

/** Variables as tensors of the pure JavaScript backend. */
const javascriptStorage: VariableStorage<Tensor> = {
  create: keptTensor,
  write: ({ handle, stored }, value) => {
    handle.dispose();
    return keptTensor(value, stored);
  },
  read: ({ handle, shape }) => float32(Float32Array.from(handle.dataSync() as Float32Array), shape),
  free: (handle) => handle.dispose(),
};

/** A step's view of variables that are plain tensors. */
class JavascriptScope extends StepScope<Tensor> {
  protected override fetch({ handle }: VariableSlot<Tensor>): Tensor {
    return tf.clone(handle);
  }

  #replace(name: string, value: Tensor): void {
    const slot = this.table.slot(name);
    const kept = tf.keep(tf.clone(value));
    slot.handle.dispose();
    slot.handle = kept;
  }

  protected override commitAssign(name: string, value: Tensor): void {
    this.#replace(name, value);
  }

  protected override commitAdd(name: string, value: Tensor): void {
    this.#replace(name, tf.add(this.table.slot(name).handle, value));
  }

  protected override commitAdam(update: AdamUpdate): void {
    const { gradient, rate, epsilon, beta1, beta2, shrink } = update;
    const weight = this.table.slot(update.name).handle;
    const first = this.table.slot(update.firstMoment).handle;
    const second = this.table.slot(update.secondMoment).handle;
    const m = tf.add(first, tf.mul(tf.sub(gradient, first), tf.sub(1, beta1)));
    const v = tf.add(second, tf.mul(tf.sub(tf.square(gradient), second), tf.sub(1, beta2)));
    const decayed = shrink ? tf.sub(weight, tf.mul(weight, shrink)) : weight;
    const moved = tf.sub(decayed, tf.div(tf.mul(m, rate), tf.add(tf.sqrt(v), epsilon)));
    this.#replace(update.firstMoment, m);
    this.#replace(update.secondMoment, v);
    this.#replace(update.name, moved);
  }
}

export interface RuntimeOptions {
  /** Path of the native addon, or null for pure JavaScript. */
  readonly binding: string | null;
  readonly mode: 'compiled' | 'eager';
}

/** What differs between the kinds of runtime. */
interface Parts<H> {
  readonly device: DeviceReport;
  readonly table: VariableTable<H>;
  readonly activate: () => void;
  readonly scope: () => StepScope<H>;
  readonly graphs: CompiledSteps | null;
  readonly liveTensors: () => number;
}

function assemble<H>(parts: Parts<H>): Runtime {
  const { device, table, activate, graphs } = parts;
  const names = new Set<string>();
  const statistics = () => graphs?.statistics() ?? { graphs: 0, seconds: 0, fallbacks: [] };
  const compile = (name: string, step: Step): CompiledStep => {
    if (names.has(name)) throw new Error(`A step named ${name} exists already.`);
    names.add(name);
    return (inputs) => {
      activate();
      return graphs?.run(name, step, inputs) ?? runEagerly(step, parts.scope(), inputs);
    };
  };
  return {
    device,
    variables: table,
    compile,
    memory: () => ({
      tensors: parts.liveTensors(),
      bytes: tf.memory().numBytes + table.bytes,
      variables: table.size,
      graphs: graphs?.loaded ?? 0,
    }),
    graphStatistics: statistics,
    dispose: () => {
      graphs?.dispose();
      table.remove('');
    },
  };
}

function startNative(path: string, options: RuntimeOptions): Runtime {
  const { binding } = loadNativeEngine(path);
  const activate = () => activateBackend(true);
  activate();
  const settings = activeSettings(process.env, os.availableParallelism());
  const table = new VariableTable(nativeStorage(binding), activate);
  const graphs = options.mode === 'compiled' ? new CompiledSteps(binding, table) : null;
  table.onRemove = () => graphs?.release();
  return assemble({
    device: {
      backend: 'tensorflow',
      device: binding.isUsingGpuDevice() ? 'gpu' : 'cpu',
      tensorflowVersion: binding.TF_Version,
      mode: options.mode,
      threads: settings.threads,
      opThreads: settings.opThreads,
      onednn: settings.onednn,
      xla: settings.xla,
      computeDtype: settings.computeDtype === 'bfloat16' && roundsProducts(binding) ? 'bfloat16' : 'float32',
    },
    table,
    activate,
    scope: () => new NativeScope(table),
    graphs,
    // The addon's own count sees what TensorFlow.js does not, such as variables and their bundles.
    liveTensors: () => binding.getNumOfTensors(),
  });
}

function startJavascript(): Runtime {
  const activate = () => activateBackend(false);
  activate();
  const table = new VariableTable(javascriptStorage, activate);
  const device: DeviceReport = {
    backend: 'javascript',
    device: 'cpu',
    tensorflowVersion: null,
    mode: 'eager',
    threads: 1,
    opThreads: 1,
    onednn: false,
    xla: false,
    computeDtype: 'float32',
  };
  return assemble({
    device,
    table,
    activate,
    scope: () => new JavascriptScope(table),
    graphs: null,
    liveTensors: () => tf.memory().numTensors,
  });
}

/**
 * Starts TensorFlow in this process. Throws what the addon throws when it cannot be loaded; the environment must have
 * been set by the spawner (see {@link engineEnvironment}).
 */
export async function startRuntime(options: RuntimeOptions): Promise<Runtime> {
  return options.binding === null ? startJavascript() : startNative(options.binding, options);
}
