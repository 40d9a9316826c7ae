/**
 * `npm run study:pretrained -- --model FILE`: APA, PPO, and AWR with adapters on a pretrained model, a GGUF file or a folder.
 * Started again, it continues where it was. `--write` makes docs/study-pretrained.md from the finished study, `--preflight` only
 * says how long it will take, `--short` only shows that everything works.
 */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { dataFolder } from './setup/data-folder.mjs';
import {
  PRETRAINED_STUDY,
  pretrainedStudy,
  SHORT_PRETRAINED,
  writePretrainedFiles,
} from './studies/pretrained-study.ts';
import { runReadyStudy, say } from './studies/run-study.ts';

const { values } = parseArgs({
  options: {
    model: { type: 'string' },
    short: { type: 'boolean' },
    write: { type: 'boolean' },
    preflight: { type: 'boolean' },
  },
});
const model = values.model === undefined ? null : resolve(values.model);
if (model === null || !existsSync(model)) {
  say(model === null ? 'Name a GGUF file or a model folder with: --model PATH.' : `${model} does not exist.`);
  process.exitCode = 1;
} else {
  const folder = join(dataFolder(), 'studies', 'pretrained');
  const files = writePretrainedFiles(folder);
  const study = pretrainedStudy(values.short ? SHORT_PRETRAINED : PRETRAINED_STUDY, model, files);
  await runReadyStudy(study, folder, values, 'study-pretrained');
}
