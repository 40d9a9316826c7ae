import os from 'node:os';
import { runEagerly } from './eager-step.ts';
import { activeSettings } from './environment.ts';
import { CompiledSteps } from './graph/compiled-steps.ts';
import { JavascriptScope, javascriptStorage } from './javascript-variables.ts';
import { roundsMatmuls } from './matmul-rounding.ts';
import { activateBackend, loadNativeEngine } from './native-engine.ts';
import { NativeScope, nativeStorage } from './native-variables.ts';
import type { StepScope } from './step-scope.ts';
import { tf } from './tf.ts';
import type { CompiledStep, DeviceReport, Runtime, Step } from './types.ts';
import { VariableTable } from './variable-table.ts';

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
  const statistics = () => graphs?.statistics() ?? { graphs: 0, seconds: 0, fallbacks: [] };
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
      computeDtype: settings.computeDtype === 'bfloat16' && roundsMatmuls(binding) ? 'bfloat16' : 'float32',
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
