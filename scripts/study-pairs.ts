/**
 * `npm run study:pairs`: APA, PPO, and AWR on real preference pairs, with 3 seeds and 2 values of each method's knob. Started
 * again, it continues where it was. `--data FILE` names the pairs, `--write` makes docs/study-pairs.md from the finished study,
 * `--preflight` only says how long it will take, `--short` only shows that everything works. The texts stay in the data folder.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { dataFolder } from './setup/data-folder.mjs';
import { PAIRS_FILE, readPairs, splitPairs } from './studies/pairs-data.ts';
import { PAIRS_STUDY, pairsStudy, SHORT_PAIRS, writePairFiles } from './studies/pairs-study.ts';
import { runReadyStudy, say } from './studies/run-study.ts';

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: PAIRS_FILE },
    short: { type: 'boolean' },
    write: { type: 'boolean' },
    preflight: { type: 'boolean' },
  },
});
if (!existsSync(values.data)) {
  say(`${values.data} does not exist. Name a gzipped file of dialogs with: --data FILE.`);
  process.exitCode = 1;
} else {
  const folder = join(dataFolder(), 'studies', 'pairs');
  const files = writePairFiles(folder, splitPairs(readPairs(values.data)));
  const study = pairsStudy(values.short ? SHORT_PAIRS : PAIRS_STUDY, files);
  await runReadyStudy(study, folder, values, 'study-pairs');
}
