import { join } from 'node:path';
import { KeelError } from '#contract/errors.ts';
import { checkpointName, inspectCheckpoint } from '#engine/session/checkpoint/checkpoints.ts';
import { hashAndCopy } from '../backup/backup-format.ts';

/**
 * Verifies the hash of every file of a checkpoint without blocking the host. Called before a rollback to it, since that
 * removes later checkpoints. Throws `checkpoint_corrupt`.
 */
export async function verifyBeforeRollback(runFolder: string, step: number): Promise<void> {
  if (step === 0) return;
  const folder = join(runFolder, checkpointName(step));
  const { files } = inspectCheckpoint(folder);
  for (const [name, { sha256 }] of Object.entries(files)) {
    const found = await hashAndCopy(join(folder, name), null, () => undefined);
    if (found.sha256 === sha256) continue;
    throw new KeelError({
      code: 'checkpoint_corrupt',
      why: `The checkpoint ${folder} cannot be used: ${name} does not match its hash.`,
      fix: 'Choose another checkpoint. Nothing was changed.',
    });
  }
}
