import type { Tensor, Weights } from '../runtime/types.ts';
import type { ModelConfig } from './config/model-config.ts';
import { createHead, type HeadKind } from './heads.ts';
import { createLanguageModel, type ForwardInput, type ForwardOptions } from './language-model.ts';
import type { Parameter } from './parameters.ts';
import { responseColumns } from './wanted-columns.ts';

type ValueOptions = Pick<ForwardOptions, 'recomputes'>;

/** A trunk with a head that gives one number per position: a critic or a reward model. */
export interface ValueModel {
  readonly config: ModelConfig;
  readonly head: HeadKind;
  readonly trunkParameters: readonly Parameter[];
  readonly headParameters: readonly Parameter[];
  /** One number per position, [b, t]. */
  values(weights: Weights, input: ForwardInput, options?: ValueOptions): Tensor;
  /**
   * The numbers at the states that predict the response: positions q-1 .. q+r-2 of q prompt and r response tokens.
   * Shape: responseIds [b, r], result [b, r].
   */
  responseValues(weights: Weights, input: ForwardInput, responseIds: Tensor, options?: ValueOptions): Tensor;
}

/** The trunk of a config with a head on its last states. */
export function createValueModel(config: ModelConfig, kind: HeadKind): ValueModel {
  const trunk = createLanguageModel(config);
  const head = createHead(kind, config.width);
  const apply = (weights: Weights, hidden: Tensor) => {
    const [b, t, d] = hidden.shape as [number, number, number];
    return head.apply(weights, hidden.reshape([b * t, d])).reshape([b, t]);
  };
  return {
    config,
    head: kind,
    trunkParameters: trunk.trunkParameters,
    headParameters: head.parameters,
    values: (weights, input, options) => apply(weights, trunk.forward(weights, input, options).hidden),
    responseValues: (weights, input, responseIds, options) => {
      const columns = responseColumns(input.ids, responseIds);
      const { hidden } = trunk.forward(weights, input, { ...options, columns });
      return apply(weights, hidden);
    },
  };
}
