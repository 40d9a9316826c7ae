import os from 'node:os';
import { activeSettings } from './environment.ts';
import { multipliesBfloat16 } from './float32-product.ts';
import { CompiledSteps } from './graph/compiled-steps.ts';
import type { HostData, HostDtype, HostTensor } from './host-tensor.ts';
import { JavascriptScope, javascriptStorage } from './javascript-variables.ts';
import { activateBackend, loadNativeEngine } from './native-engine.ts';
import { NativeScope, nativeStorage } from './native-variables.ts';
import { setComputeDtype } from './ops/product.ts';
import type { StepScope } from './step-scope.ts';
import { tf } from './tf.ts';
import type { CompiledStep, DeviceReport, HostRecord, Runtime, Step, Tensor, TensorRecord } from './types.ts';
import { VariableTable } from './variable-table.ts';

/** Creates a tensor from the host's numbers; copies them, since tensors share the memory that they are given. */
function toTensor(host: HostTensor): Tensor {
  return tf.tensor(host.data.slice(), [...host.shape], host.dtype);
}

const DTYPES: readonly string[] = ['float32', 'int32', 'bool'];

/** Copies a tensor to the host. */
function toHost(tensor: Tensor): HostTensor {
  if (!DTYPES.includes(tensor.dtype)) throw new TypeError(`A step cannot return a ${tensor.dtype} tensor.`);
  const data = tensor.dataSync() as HostData;
  return { dtype: tensor.dtype as HostDtype, shape: [...tensor.shape], data: ownCopy(data, tensor.dtype as HostDtype) };
}

/** The pure JavaScript backend returns its own buffers, sometimes of another type; they must not be handed out. */
function ownCopy(data: HostData, dtype: HostDtype): HostData {
  if (dtype === 'float32') return Float32Array.from(data);
  return dtype === 'int32' ? Int32Array.from(data) : Uint8Array.from(data);
}

/** Runs a step operation by operation. Everything that it creates is freed before it returns. */
function runEagerly<H>(step: Step, scope: StepScope<H>, inputs: HostRecord): HostRecord {
  let results: HostRecord = {};
  try {
    tf.tidy(() => {
      const tensors: TensorRecord = {};
      for (const [name, host] of Object.entries(inputs)) tensors[name] = toTensor(host);
      const outputs = step(scope, tensors);
      // Fetched before the changes: an output may be a variable's value, which must be the value from before the step.
      results = Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, toHost(tensor)]));
      scope.commit();
    });
  } finally {
    scope.close();
  }
  return results;
}

export interface RuntimeOptions {
  /** Path of the native addon, or null for pure JavaScript. */
  readonly binding: string | null;
  readonly mode: 'compiled' | 'eager';
}

/** The parts that differ between the kinds of runtime. */
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
  const statistics = () => graphs?.statistics() ?? { graphs: 0, seconds: 0, nodes: 0, held: 0, fallbacks: [] };
  const compile = (name: string, step: Step): CompiledStep => {
    if (names.has(name)) throw new Error(`A step named ${name} already exists.`);
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
  const computeDtype = settings.computeDtype === 'bfloat16' && multipliesBfloat16(binding) ? 'bfloat16' : 'float32';
  setComputeDtype(computeDtype);
  const table = new VariableTable(nativeStorage(binding), activate);
  const graphs = options.mode === 'compiled' ? new CompiledSteps(binding, table, settings.threads) : null;
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
      computeDtype,
    },
    table,
    activate,
    scope: () => new NativeScope(table),
    graphs,
    // The addon's own count includes what TensorFlow.js does not track, such as variables and their bundles.
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
 * Starts TensorFlow in this process. Throws the addon's error if it cannot be loaded; the spawner must have set the
 * environment (see {@link engineEnvironment}).
 */
export async function startRuntime(options: RuntimeOptions): Promise<Runtime> {
  return options.binding === null ? startJavascript() : startNative(options.binding, options);
}
