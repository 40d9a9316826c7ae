import { RPCHandler } from '@orpc/server/websocket';
import { WIRE_NUMBERS } from '#contract/api/wire-numbers.ts';
import type { ApiContext } from '../api/base.ts';
import { router } from '../api/router.ts';

export type Message = string | ArrayBuffer;

/** A connection over which calls come, whatever carries it. */
export interface Channel {
  /** Resolves when the bytes are on their way: the next message of a stream is taken only then. */
  send(message: string | ArrayBufferLike | Uint8Array): Promise<void>;
  /** What came cannot be understood, or is too much. */
  end(): void;
  /** Stops and starts the other side, where that can be done. */
  hold(isHeld: boolean): void;
}

/** Messages taken in one turn of the event loop: a burst of one side leaves room for all others between. */
const A_TURN = 10;
/** Messages that wait, above which the other side is held. */
const MOST_WAITING = 200;
/** Above this the other side cannot be held, and is ended. */
const TOO_MANY_WAITING = 20_000;
/** Messages that may come at once and in a second; above that, the sender waits. */
const BURST_MESSAGES = 2000;
const MESSAGES_PER_SECOND = 1000;
const PAUSE_MILLISECONDS = 50;

const handler = new RPCHandler(router, WIRE_NUMBERS);

/** Hands messages on in their order, a few a turn; nothing is lost, the sender waits instead. */
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
    // Idle only after a turn without messages: those of one packet come within the same turn.
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

/** Answers the calls of one connection; gives what to call with each message, and at its end. */
export function answerMessages(channel: Channel, context: ApiContext) {
  // The handler knows a peer by its identity and uses nothing of it but `send`.
  const peer = { send: channel.send } as unknown as globalThis.WebSocket;
  const handle = (message: Message) => void handler.message(peer, message, { context }).catch(() => channel.end());
  return {
    take: createIntake(channel, handle, context.host.setup.clock),
    close: () => handler.close(peer),
  };
}
