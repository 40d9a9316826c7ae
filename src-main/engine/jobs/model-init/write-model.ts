import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseModelConfig } from '../../model/config/parse-config.ts';
import { saveModel } from '../../model/files/save-model.ts';
import { initializeParameters } from '../../model/initial-values.ts';
import { createLanguageModel } from '../../model/language-model.ts';
import type { Variables } from '../../runtime/types.ts';
import { type TrainedTokenizer, writeTrainedTokenizer } from '../../tokenizer/bpe/train-byte-level-bpe.ts';
import { loadTokenizer } from '../../tokenizer/files/load-tokenizer.ts';
import { savedTokens } from '../../tokenizer/saved-tokens.ts';
import type { InitOptions } from './init-options.ts';
import { newGenerationConfig, newModelConfig } from './new-config.ts';

export interface NewModel {
  readonly parameters: number;
  readonly vocabSize: number;
}

const SPECIAL_NAMES = ['bos_token', 'eos_token', 'pad_token', 'unk_token', 'additional_special_tokens'] as const;

/** special_tokens_map.json, which older readers use. */
function specialTokensMap({ tokenizerConfig }: TrainedTokenizer): Record<string, unknown> {
  const present = SPECIAL_NAMES.filter((name) => tokenizerConfig[name] !== undefined);
  return Object.fromEntries(present.map((name) => [name, tokenizerConfig[name]]));
}

/** Fills a folder with a new model: tokenizer, config, generation config and random weights. */
export function writeNewModel(
  folder: string,
  variables: Variables,
  trained: TrainedTokenizer,
  options: InitOptions,
): NewModel {
  writeTrainedTokenizer(folder, trained);
  writeFileSync(join(folder, 'special_tokens_map.json'), `${JSON.stringify(specialTokensMap(trained), null, 2)}\n`);
  const tokenizer = loadTokenizer(folder);
  const { eosTokenId, bosTokenId, padTokenId } = tokenizer;
  const { vocabSize } = trained;
  const tokens = { vocabSize, eosTokenId, bosTokenId, padTokenId };
  const model = createLanguageModel(parseModelConfig(newModelConfig(options, tokens)));
  initializeParameters(variables, 'new', [...model.trunkParameters, ...model.headParameters], options.seed);
  saveModel(folder, variables, 'new', model, {
    generationConfig: newGenerationConfig(tokens),
    ...savedTokens(tokenizer),
  });
  const sizes = variables
    .names('new/')
    .map((name) => variables.shape(name).reduce((product, axis) => product * axis, 1));
  variables.remove('new/');
  return { parameters: sizes.reduce((sum, size) => sum + size, 0), vocabSize };
}
