import type { RecipeName } from '#contract/config/index.ts';
import { GraphBuilder } from '#engine/runtime/graph/graph-builder.ts';
import { hasNative } from '../runtimes.ts';
import { caseProbe as probe } from './case-probe.ts';
import { type ConfigProbe, fieldsOf, isSupervised, type Plain, readsPairs } from './probe.ts';
import { runHere } from './run-here.ts';

/** Whether an update of a compiled run computes layers twice; true without TensorFlow, where nothing is compiled. */
async function repeatsLayers(given: Plain): Promise<boolean> {
  if (!hasNative) return true;
  const { add } = GraphBuilder.prototype;
  let repeats = false;
  GraphBuilder.prototype.add = function addAndSee(node) {
    // Outputs have names; a loop's nodes lie in its frame.
    const { op, controls = [], name } = node;
    repeats ||= op === 'Identity' && controls.length > 0 && !name && controls[0]!.frame === null;
    return add.call(this, node);
  };
  try {
    await runHere(given, undefined, 'compiled');
    return repeats;
  } finally {
    GraphBuilder.prototype.add = add;
  }
}

/** Rows of what a step of a run is given, each time that it runs. */
async function rowsOf(given: Plain, stepName: string, input: string): Promise<readonly number[]> {
  const rows: number[] = [];
  await runHere(given, (runtime) => {
    const { compile } = runtime;
    Object.assign(runtime, {
      compile: (name: string, step: Parameters<typeof compile>[1]) => {
        const run = compile(name, step);
        if (name !== stepName) return run;
        return (inputs: Parameters<typeof run>[0]) => {
          rows.push(inputs?.[input]?.shape[0] ?? 0);
          return run(inputs);
        };
      },
    });
  });
  return rows;
}

/** Steps of the checkpoints that a run has written. */
async function written(given: Plain): Promise<readonly number[]> {
  const { told } = await runHere(given);
  return told.flatMap((report) => (report.kind === 'checkpoint' ? [report.checkpoint.step] : []));
}

function chunkProbes(recipe: RecipeName): readonly ConfigProbe[] {
  if (!fieldsOf(recipe).some(({ path }) => path === 'rollouts.chunk_size')) return [];
  const chunks = probe(recipe, 'rollouts.chunk_size', 2, async (given) => {
    const rows = await rowsOf(given, recipe.endsWith('-offline') ? 'score-given' : 'score', 'responseIds');
    return rows.length > 0 && rows.every((count) => count === 2) ? [] : [`scores ${rows} responses at a time`];
  });
  return [{ ...chunks, others: [1, 4, 6] }];
}

function checkpointProbes(recipe: RecipeName): readonly ConfigProbe[] {
  const everyStep = async (given: Plain) => {
    const steps = await written(given);
    return steps.length > 1 ? [] : [`checkpoints at ${steps}`];
  };
  const rare = {
    'checkpoints.interval_seconds': 86_400,
    'checkpoints.interval_steps': null,
    'checkpoints.keep_best': false,
  };
  return [
    probe(recipe, 'checkpoints.interval_seconds', 0, everyStep, rare),
    probe(recipe, 'checkpoints.interval_steps', 1, everyStep, rare),
  ];
}

/** What a run of a few steps does: rows of a pass, layers computed twice, checkpoints written. */
export function runProbes(recipe: RecipeName): readonly ConfigProbe[] {
  return [
    ...chunkProbes(recipe),
    ...checkpointProbes(recipe),
    probe(recipe, 'engine.micro_batch_size', 1, async (given) => {
      const rows = await rowsOf(given, 'accumulate', 'attentionMask');
      // A pair is two rows.
      const wanted = isSupervised(recipe) && readsPairs(recipe) ? 2 : 1;
      return rows.length > 0 && rows.every((count) => count === wanted) ? [] : [`updates of ${rows} rows`];
    }),
    probe(recipe, 'engine.recompute_activations', true, async (given) => {
      return (await repeatsLayers(given)) ? [] : ['no layer is computed twice'];
    }),
  ];
}
