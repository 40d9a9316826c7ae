import type { Detail } from '#contract/api/runs/run-records.ts';
import { parseConfigText, type ResolvedPipeline, resolveConfig } from '#contract/config/index.ts';
import { KeelError } from '#contract/errors.ts';
import { REFERENCE } from '#contract/ids.ts';

const MODEL_INIT = 'model_init';

function unknownStage(wanted: string | null, { stages }: ResolvedPipeline): KeelError {
  const names = stages.flatMap(({ stage }) => (stage === MODEL_INIT ? [] : [stage]));
  return new KeelError({
    code: 'check_stage_unknown',
    why:
      wanted === null
        ? 'The config is a pipeline, whose stages have data of their own.'
        : `The config has no stage ${wanted} with data.`,
    fix: `Choose a stage: --stage ${names.join(', or --stage ')}.`,
  });
}

/** The model that the stages before one start from: its tokenizer and context are those of every later stage. */
function firstModel(model: string, { stages }: Pick<ResolvedPipeline, 'stages'>): string {
  const [, scheme, name] = REFERENCE.exec(model) ?? [];
  if (scheme !== 'stage') return model;
  if (name !== MODEL_INIT)
    return firstModel(String(stages.find(({ stage }) => stage === name)?.file.model), { stages });
  throw new KeelError({
    code: 'check_model_missing',
    why: 'The pipeline creates its own model, whose tokenizer does not exist yet.',
    fix: "Run the pipeline, or set the stage's model to the folder of a model with this tokenizer.",
  });
}

/**
 * The resolved config whose data is checked: the whole config, or a stage of a pipeline with the model that its earlier
 * stages start from. Throws `config_invalid`, `check_stage_unknown`, `check_model_missing`.
 */
export function checkedConfig(config: string, overrides: readonly string[], stage: string | null): Detail {
  const resolved = resolveConfig(parseConfigText(config, 'The config'), overrides);
  if (!('stages' in resolved)) return resolved.file;
  const found = resolved.stages.find((one) => one.stage === stage && one.stage !== MODEL_INIT);
  if (!found) throw unknownStage(stage, resolved);
  return { ...found.file, model: firstModel(String(found.file.model), resolved) };
}
