import { RPCHandler } from '@orpc/server/websocket';
import { WIRE_NUMBERS } from '#contract/api/wire-numbers.ts';
import type { ApiContext } from '../api/base.ts';
import { router } from '../api/router.ts';

export type Message = string | ArrayBuffer;

/** A connection over which calls arrive, independent of the transport. */
export interface Channel {
  /** Resolves when the bytes have been handed off; only then is the next message of a stream taken. */
  send(message: string | ArrayBufferLike | Uint8Array): Promise<void>;
  /** Called when the input cannot be parsed, or is too much. */
  end(): void;
  /** Pauses and resumes the other side, if the transport supports it. */
  hold(isHeld: boolean): void;
}

/** Messages handled per turn of the event loop, so that a burst from one side does not starve the others. */
const A_TURN = 10;
/** The other side is paused above this number of waiting messages. */
const MOST_WAITING = 200;
/** Above this number, the other side evidently cannot be paused, and its connection is closed. */
const TOO_MANY_WAITING = 20_000;
/** Messages allowed in a burst and per second; above that, the sender waits. */
const BURST_MESSAGES = 2000;
const MESSAGES_PER_SECOND = 1000;
const PAUSE_MILLISECONDS = 50;

const handler = new RPCHandler(router, WIRE_NUMBERS);

/** Passes messages on in order, a few per turn. No message is lost; the sender waits instead. */
function createIntake(channel: Channel, handle: (message: Message) => void, clock: () => number) {
  const waiting: Message[] = [];
  let [left, last, isTurning, isHeld] = [BURST_MESSAGES, clock(), false, false];
  const hold = (wanted: boolean) => {
    if (wanted !== isHeld) channel.hold(wanted);
    isHeld = wanted;
  };
  const refill = () => {
    const now = clock();
    left = Math.min(BURST_MESSAGES, left + ((now - last) / 1000) * MESSAGES_PER_SECOND);
    last = now;
  };
  const turn = (): void => {
    // Idle only after a turn without messages: messages of one packet arrive within the same turn.
    isTurning = waiting.length > 0;
    if (!isTurning) return;
    refill();
    const batch = waiting.splice(0, Math.min(A_TURN, Math.ceil(left)));
    left -= batch.length;
    for (const message of batch) handle(message);
    if (waiting.length === 0) hold(false);
    if (left < 1) setTimeout(turn, PAUSE_MILLISECONDS);
    else setImmediate(turn);
  };
  return (message: Message): void => {
    waiting.push(message);
    if (waiting.length > MOST_WAITING) hold(true);
    if (waiting.length > TOO_MANY_WAITING) {
      waiting.length = 0;
      channel.end();
    }
    if (isTurning) return;
    isTurning = true;
    turn();
  };
}

/** Answers the calls of one connection. Returns a function to call with each message and one to call at its end. */
export function answerMessages(channel: Channel, context: ApiContext) {
  // The handler identifies a peer by reference and uses only its `send`.
  const peer = { send: channel.send } as unknown as globalThis.WebSocket;
  const handle = (message: Message) => void handler.message(peer, message, { context }).catch(() => channel.end());
  return {
    take: createIntake(channel, handle, context.host.setup.clock),
    close: () => handler.close(peer),
  };
}
