import { closeSync, existsSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { KeelError } from '#contract/errors.ts';
import { type Reply, type ReplyOf, replySchema, type WorkerRequest } from './messages.ts';

/** The engine's end of the pipes to a group of workers; synchronous, like every call of a compiled step. */
export interface Channel {
  /** @throws KeelError `workers_lost`, `workers_failed` */
  ask<Kind extends Reply['kind']>(request: WorkerRequest, answer: Kind): ReplyOf<Kind>;
  close(): void;
}

/** The error for a group that is gone. */
function workersLost(why: string, cause?: unknown): KeelError {
  return new KeelError({
    code: 'workers_lost',
    why: `The group of workers was lost: ${why}.`,
    fix: "Resume the run: it goes on from its last checkpoint. The group's own log says why it ended.",
    cause,
  });
}

function workersFailed(error: string): KeelError {
  return new KeelError({
    code: 'workers_failed',
    why: `The workers cannot compute the run: ${error}`,
    fix: 'Change what the error names, or run it without workers.',
  });
}

const CHUNK = 2 ** 20;
const NEWLINE = 0x0a;

/** Reads whole lines from a file descriptor; null at its end. */
function lineReader(descriptor: number): () => string | null {
  const buffer = Buffer.alloc(CHUNK);
  let rest = Buffer.alloc(0);
  return () => {
    const parts = [rest];
    let end = rest.indexOf(NEWLINE);
    while (end < 0) {
      const count = readSync(descriptor, buffer);
      if (count === 0) return null;
      parts.push(Buffer.from(buffer.subarray(0, count)));
      end = parts.at(-1)!.indexOf(NEWLINE);
    }
    const last = parts.pop()!;
    rest = last.subarray(end + 1);
    return Buffer.concat([...parts, last.subarray(0, end)]).toString('utf8');
  };
}

function writeAll(descriptor: number, text: string): void {
  const bytes = Buffer.from(`${text}\n`);
  for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
}

function channelOver(toWorkers: number, fromWorkers: number): Channel {
  const nextLine = lineReader(fromWorkers);
  function exchange(request: WorkerRequest): string {
    try {
      writeAll(toWorkers, JSON.stringify(request));
    } catch (error) {
      throw workersLost('it no longer reads what it is asked', error);
    }
    const line = nextLine();
    if (line === null) throw workersLost(`it ended while it was asked to ${request.kind}`);
    return line;
  }
  return {
    ask(request, answer) {
      const reply = replySchema.parse(JSON.parse(exchange(request)));
      if (reply.kind === 'failed') throw workersFailed(reply.error);
      if (reply.kind !== answer) throw new Error(`Workers answered ${reply.kind} instead of ${answer}.`);
      return reply as never;
    },
    close() {
      closeSync(toWorkers);
      closeSync(fromWorkers);
    },
  };
}

/** Seconds that a group may take to start; on a cluster, its nodes may have to load a program of some gigabytes. */
const START_SECONDS = 300;
const LOOK_AGAIN_MS = 50;

/**
 * Opens the pipes that a group has made in a folder; waits for them. A group that takes the place of a lost one has the
 * next incarnation.
 * @throws KeelError `workers_lost` if none came.
 */
export async function openChannel(
  folder: string,
  incarnation: number,
  look: () => Promise<void>,
  startSeconds = START_SECONDS,
): Promise<Channel> {
  const paths = ['to-workers', 'from-workers'].map((name) => join(folder, `${name}-${incarnation}`));
  const deadline = performance.now() + startSeconds * 1000;
  while (!existsSync(paths[0]!)) {
    if (performance.now() > deadline) throw workersLost(`none started within ${startSeconds} seconds`);
    await look();
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
  const toWorkers = openSync(paths[0]!, 'w');
  return channelOver(toWorkers, openSync(paths[1]!, 'r'));
}
