import { z } from 'zod';
import { readExactJson } from '#contract/exact-json.ts';
import { type RelayMessage, readFrame, relayMessageSchema } from './frames.ts';

/** What a job's log tells: the relay's messages in order, what the driver needs, and everything else as output. */
export interface LineReader {
  /** A message of the relay, once. */
  onMessage(message: RelayMessage, number: number): void;
  /** Hashes of files that the node lacks. */
  onNeed(files: readonly string[]): void;
  /** The node has everything that it asked for. */
  onPlaced(): void;
  /** The driver could not start the engine. */
  onFault(fault: { readonly code: string; readonly why: string; readonly fix: string }): void;
  onOutput(text: string): void;
  /** A frame is missing, or cannot be read: the log must be read again from its start. */
  onGap(what: string): void;
}

const DRIVER = /^@keel-(need|placed|fault) (.*)$/s;
const needSchema = z.object({ files: z.array(z.string()) });
const faultSchema = z.object({ code: z.string(), why: z.string(), fix: z.string() });

/**
 * Reads the lines of a job's log. `restart` begins again at the first line, after a connection was lost: what is known
 * already is passed over, so every message arrives exactly once and in order.
 */
export class JobLines {
  readonly #reader: LineReader;
  /** Number of the last complete frame. */
  #last = 0;
  #pieces: string[] = [];
  /** Lines outside frames: seen since the last restart, and reported so far. */
  #plain = 0;
  #plainTold = 0;

  constructor(reader: LineReader) {
    this.#reader = reader;
  }

  restart(): void {
    this.#pieces = [];
    this.#plain = 0;
  }

  take(line: string): void {
    const frame = readFrame(line);
    if (frame) this.#takeFrame(frame);
    else if (line !== '') this.#takePlain(line);
  }

  #takeFrame({ number, part, parts, text }: NonNullable<ReturnType<typeof readFrame>>): void {
    if (number <= this.#last) return;
    if (number !== this.#last + 1 || part !== this.#pieces.length + 1) {
      this.#reader.onGap(`line ${number} (${part} of ${parts}) after line ${this.#last}`);
      return;
    }
    this.#pieces.push(text);
    if (part < parts) return;
    const message = this.#parse(this.#pieces.join(''));
    this.#pieces = [];
    if (!message) {
      this.#reader.onGap(`line ${number} cannot be read`);
      return;
    }
    this.#last = number;
    this.#reader.onMessage(message, number);
  }

  #parse(text: string): RelayMessage | null {
    try {
      return relayMessageSchema.safeParse(readExactJson(text)).data ?? null;
    } catch {
      return null;
    }
  }

  #takePlain(line: string): void {
    this.#plain += 1;
    if (this.#plain <= this.#plainTold) return;
    this.#plainTold = this.#plain;
    const [, kind, text = ''] = DRIVER.exec(line) ?? [];
    if (kind === 'need') this.#reader.onNeed(needSchema.parse(JSON.parse(text)).files);
    else if (kind === 'placed') this.#reader.onPlaced();
    else if (kind === 'fault') this.#reader.onFault(faultSchema.parse(JSON.parse(text)));
    else this.#reader.onOutput(`${line}\n`);
  }
}
