import { flattenSteps, type StepJson, type TokenizerJson } from './files/tokenizer-json.ts';

/** Token ids that surround one text, such as the BOS token of Llama. */
export interface Surroundings {
  readonly prefix: readonly number[];
  readonly suffix: readonly number[];
}

interface TemplatePiece {
  readonly SpecialToken?: { readonly id: string };
  readonly Sequence?: { readonly id: string };
}

function templateIds(step: StepJson): Surroundings {
  const pieces = (step.single ?? []) as readonly TemplatePiece[];
  const tokens = (step.special_tokens ?? {}) as Readonly<Record<string, { readonly ids: readonly number[] }>>;
  const middle = pieces.findIndex((piece) => piece.Sequence !== undefined);
  const idsOf = (part: readonly TemplatePiece[]) =>
    part.flatMap((piece) => tokens[piece.SpecialToken?.id ?? '']?.ids ?? []);
  return { prefix: idsOf(pieces.slice(0, middle)), suffix: idsOf(pieces.slice(middle + 1)) };
}

function classifierIds(step: StepJson): Surroundings {
  const idOf = (field: unknown) => (Array.isArray(field) ? [Number(field[1])] : []);
  return { prefix: idOf(step.cls), suffix: idOf(step.sep) };
}

/** Returns what the post-processor adds around a single text. */
export function readSurroundings(json: TokenizerJson): Surroundings {
  const steps = flattenSteps(json.post_processor, 'processors');
  const parts = steps.map((step): Surroundings => {
    if (step.type === 'TemplateProcessing') return templateIds(step);
    if (step.type === 'BertProcessing' || step.type === 'RobertaProcessing') return classifierIds(step);
    return { prefix: [], suffix: [] };
  });
  return {
    prefix: parts.flatMap((part) => part.prefix),
    suffix: parts.flatMap((part) => part.suffix),
  };
}
