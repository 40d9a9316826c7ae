import { isDiskFull } from '../../../disk/disk-full.ts';
import type { Binding } from '../binding.ts';
import { canUpdateInPlace } from '../in-place-adam-w.ts';
import type { HostRecord, Step } from '../types.ts';
import type { VariableTable } from '../variable-table.ts';
import { collectRecording } from './collect-garbage.ts';
import { Program, type Stage } from './program.ts';
import { VariableBundles } from './variable-bundle.ts';

/** Input names, dtypes and shapes as one string: the key for which a graph is built. */
function signatureOf(inputs: HostRecord): string {
  return Object.entries(inputs)
    .map(([name, { dtype, shape }]) => `${name}:${dtype}[${shape}]`)
    .join(' ');
}

/**
 * Maximum number of loaded graphs: each takes about 20 MB for a model of six layers. More sets of shapes than this are
 * a bug in the code that pads the batches, but they must not fill the memory.
 */
const LOADED_GRAPHS = 40;

/** The graphs of a runtime: one per step and set of input shapes, built on first use. */
export class CompiledSteps {
  readonly #stage: Stage;
  readonly #programs = new Map<string, Program | null>();
  readonly #fallbacks: string[] = [];
  /** Seconds of the first runs of graphs that have not run a second time. */
  readonly #firstRuns = new Map<string, number>();
  #seconds = 0;
  #built = 0;

  /** @param threads of the engine, for what divides its work among threads of its own. */
  constructor(binding: Binding, table: VariableTable<number>, threads: number) {
    const updating = canUpdateInPlace(binding) ? threads : 0;
    this.#stage = { binding, table, bundles: new VariableBundles(binding), threads: updating };
  }

  /** The step's outputs, or null if it must run eagerly. */
  run(name: string, step: Step, inputs: HostRecord): HostRecord | null {
    const key = `${name} ${signatureOf(inputs)}`;
    const known = this.#programs.get(key);
    if (known === undefined) return this.#start(key, name, step, inputs);
    if (known) this.#keep(key, known);
    return known && this.#again(key, known, inputs);
  }

  /** Runs a graph that was built before; its second run shows how much of the first one was computing. */
  #again(key: string, program: Program, inputs: HostRecord): HostRecord {
    const first = this.#firstRuns.get(key);
    if (first === undefined) return program.run(inputs);
    const start = performance.now();
    const outputs = program.run(inputs);
    this.#firstRuns.delete(key);
    this.#seconds -= Math.min(first, (performance.now() - start) / 1000);
    return outputs;
  }

  /** Builds a graph and runs it for the first time, when TensorFlow prepares it; null if either fails. */
  #start(key: string, name: string, step: Step, inputs: HostRecord): HostRecord | null {
    const start = performance.now();
    let program: Program | null = null;
    let outputs: HostRecord | null = null;
    try {
      program = new Program(this.#stage, step, inputs);
      collectRecording(program.nodes);
      const builtAt = performance.now();
      outputs = program.run(inputs);
      this.#firstRuns.set(key, (performance.now() - builtAt) / 1000);
    } catch (error) {
      // Without a file for its graph, a step would run operation by operation: slower, and not bit-identical to before.
      if (isDiskFull(error)) throw error;
      // An error in the step itself occurs again, with its own message, when it runs eagerly.
      this.#fallbacks.push(`${name}: ${(error as Error).message}`);
      program?.dispose();
      program = null;
    }
    this.#keep(key, program);
    if (program) this.#built += 1;
    this.#seconds += (performance.now() - start) / 1000;
    return outputs;
  }

  /** Moves a graph to the end of the queue, and drops the least recently used one. */
  #keep(key: string, program: Program | null): void {
    this.#programs.delete(key);
    this.#programs.set(key, program);
    if (this.#programs.size <= LOADED_GRAPHS) return;
    const [oldest] = this.#programs.keys();
    this.#programs.get(oldest as string)?.dispose();
    this.#programs.delete(oldest as string);
    this.#firstRuns.delete(oldest as string);
  }

  /** Makes every graph release its variables. */
  release(): void {
    for (const program of this.#programs.values()) program?.release();
  }

  /** Number of graphs in memory. */
  get loaded(): number {
    return [...this.#programs.values()].filter((program) => program !== null).length;
  }

  statistics() {
    const loaded = [...this.#programs.values()].filter((program) => program !== null);
    const nodes = loaded.reduce((sum, program) => sum + program.nodes, 0);
    const held = loaded.reduce((sum, program) => sum + program.held, 0);
    return { graphs: this.#built, seconds: this.#seconds, nodes, held, fallbacks: [...this.#fallbacks] };
  }

  dispose(): void {
    for (const program of this.#programs.values()) program?.dispose();
    this.#programs.clear();
    this.#stage.bundles.dispose();
  }
}
