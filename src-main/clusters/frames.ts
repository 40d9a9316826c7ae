import { z } from 'zod';
import { engineEventSchema } from '#engine/protocol.ts';

/**
 * What the relay on a node prints, one frame per message: `@keel NUMBER PART/PARTS TEXT`. Ray loses a whole log behind a
 * line of several megabytes, so long messages are cut into parts. Frames are numbered from 1 without gaps: a log that is
 * read again from its start is recognized, and so is a lost line.
 */
const PREFIX = '@keel ';
const PART_CHARACTERS = 256 * 1024;
const FRAME = /^@keel (\d+) (\d+)\/(\d+) (.*)$/s;

/** A file of the run's folder on the node. `path` is relative to that folder. */
const remoteFileSchema = z.object({
  path: z.string().min(1),
  bytes: z.int().nonnegative(),
  sha256: z.string().length(64),
});
export type RemoteFile = z.infer<typeof remoteFileSchema>;

export const relayMessageSchema = z.discriminatedUnion('kind', [
  /** First message: where the engine runs. */
  z.object({ kind: z.literal('node'), node: z.string(), host: z.string(), cores: z.int().positive() }),
  /** An event of the engine, and the files that must be here before it is told. */
  z.object({ kind: z.literal('event'), event: engineEventSchema, files: z.array(remoteFileSchema) }),
  z.object({ kind: z.literal('output'), text: z.string() }),
  /** The desktop that the run now belongs to. */
  z.object({ kind: z.literal('owner'), owner: z.string() }),
  /** Last message: the engine's process has ended. */
  z.object({
    kind: z.literal('exit'),
    code: z.int().nullable(),
    signal: z.string().nullable(),
    stderr: z.string(),
    files: z.array(remoteFileSchema),
  }),
]);
export type RelayMessage = z.infer<typeof relayMessageSchema>;

/** JSON that preserves every number bit for bit: plain JSON loses NaN, infinities, and the sign of -0. */
export function writeBitExact(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) => {
    const isLost = typeof item === 'number' && (!Number.isFinite(item) || Object.is(item, -0));
    return isLost ? { $number: Object.is(item, -0) ? '-0' : String(item) } : item;
  });
}

/** The lines of a message. */
export function toFrames(number: number, message: z.input<typeof relayMessageSchema>): readonly string[] {
  const text = writeBitExact(message);
  const parts = Math.max(1, Math.ceil(text.length / PART_CHARACTERS));
  return Array.from({ length: parts }, (_, part) => {
    const piece = text.slice(part * PART_CHARACTERS, (part + 1) * PART_CHARACTERS);
    return `${PREFIX}${number} ${part + 1}/${parts} ${piece}`;
  });
}

/** A piece of a message, or null for any other line. */
export function readFrame(line: string) {
  const [, number, part, parts, text] = FRAME.exec(line) ?? [];
  if (text === undefined) return null;
  return { number: Number(number), part: Number(part), parts: Number(parts), text };
}
