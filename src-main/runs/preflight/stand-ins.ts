import { join } from 'node:path';
import type { Detail } from '#contract/api/runs/run-records.ts';
import { REFERENCE } from '#contract/ids.ts';
import { configTexts } from '../host/artifact-references.ts';

const isOfStage = (text: string) => REFERENCE.exec(text)?.[1] === 'stage';

/** Folders that replace the future artifacts of earlier stages: models of the same size. */
export class StandIns {
  readonly #folders = new Map<string, string>();
  readonly #scratch: string;

  constructor(scratch: string) {
    this.#scratch = scratch;
  }

  folderOf(stage: string): string {
    return join(this.#scratch, `stage-${stage}`);
  }

  /** A policy or critic has the size of the model from which it starts; a reward model was written by the trial. */
  note(stage: string, config: Detail, locate: (text: string) => string): void {
    const reward = join(this.folderOf(stage), 'artifacts', 'reward_model');
    this.#folders.set(`${stage}/reward_model`, reward);
    this.#folders.set(`${stage}/model`, this.folderOf(stage));
    if (typeof config.model !== 'string') return;
    this.#folders.set(`${stage}/policy`, locate(config.model));
    this.#folders.set(`${stage}/critic`, locate(config.model));
  }

  locations(config: Detail): Record<string, string> {
    const found = configTexts(config).flatMap(({ text }) => {
      const [, , stage, artifact] = REFERENCE.exec(text) ?? [];
      const folder = this.#folders.get(`${stage}/${artifact}`);
      return isOfStage(text) && folder ? [[text, folder] as const] : [];
    });
    return Object.fromEntries(found);
  }
}

/** Removes the certificate requirement for a reward model that an earlier stage has not trained yet. */
export function withoutCertificate(config: Detail): Detail {
  const isTrainedHere = configTexts(config.reward).some(({ text }) => isOfStage(text));
  return isTrainedHere && 'certificate_required' in config ? { ...config, certificate_required: false } : config;
}
