import type { Tensor } from '../runtime/types.ts';
import type { ModelConfig } from './config/model-config.ts';
import { createHead, type HeadKind } from './heads.ts';
import { createLanguageModel, type ForwardInput, type ForwardOptions } from './language-model.ts';
import { byColumn } from './layout/packing.ts';
import { responseColumns } from './layout/wanted-columns.ts';
import type { Parameter } from './parameters.ts';
import type { ModelWeights } from './weights.ts';

type ValueOptions = Pick<ForwardOptions, 'recomputes'>;

/** A trunk with a head that returns one number per position: a critic or a reward model. */
export interface ValueModel {
  readonly config: ModelConfig;
  readonly head: HeadKind;
  readonly trunkParameters: readonly Parameter[];
  readonly headParameters: readonly Parameter[];
  /** One number per position, [b, t], or per wanted column, [b, count], or per wanted state of a packed batch, [m]. */
  values(weights: ModelWeights, input: ForwardInput, options?: ForwardOptions): Tensor;
  /**
   * The numbers at the states that predict the response: positions q-1 .. q+r-2 of q prompt and r response tokens.
   * Shape: responseIds [b, r], result [b, r].
   */
  responseValues(weights: ModelWeights, input: ForwardInput, responseIds: Tensor, options?: ValueOptions): Tensor;
}

/** The trunk of a config with a head on its last states. */
export function createValueModel(config: ModelConfig, kind: HeadKind): ValueModel {
  const trunk = createLanguageModel(config);
  const head = createHead(kind, config.width);
  const values = (weights: ModelWeights, input: ForwardInput, options: ForwardOptions = {}) => {
    const { hidden } = trunk.forward(weights, input, options);
    return head.apply(weights, hidden.reshape([-1, config.width])).reshape(hidden.shape.slice(0, -1));
  };
  return {
    config,
    head: kind,
    trunkParameters: trunk.trunkParameters,
    headParameters: head.parameters,
    values,
    responseValues: (weights, input, responseIds, options) =>
      byColumn(
        values(weights, input, { ...options, columns: responseColumns(input.ids, responseIds) }),
        input,
        responseIds.shape,
      ),
  };
}
