import type { FileDialogs } from '../../api/base.ts';
import { answerMessages, type Channel, type Message } from '../../attach/answer-messages.ts';
import { openHostSocket } from '../../attach/attach-to-host.ts';
import type { Connection } from '../../attach/open-host.ts';
import { pageContext } from '../../attach/page-context.ts';

/** One page of the app. */
export interface PageChannel {
  take(message: Message): void;
  /** Allows a path that the user has chosen outside the page. */
  grant(path: string): void;
  close(): void;
}

interface PageRights {
  readonly dialogs: FileDialogs;
  /** Paths chosen before this page was opened or reloaded. */
  readonly granted: readonly string[];
}

/** Another process owns the data folder: forwards messages to it unchanged. Its dialogs cannot be used from here. */
function forward(channel: Channel, socket: string, granted: readonly string[]): PageChannel {
  const opening = openHostSocket(socket, { isFollower: true, pageRoots: granted });
  opening.then(
    (owner) => {
      owner.on('message', (bytes, isBinary) => {
        const content = Buffer.from(bytes as ArrayBuffer);
        channel.send(isBinary ? new Uint8Array(content).buffer : content.toString('utf8')).catch(() => owner.close());
      });
      owner.on('close', () => channel.end());
    },
    () => channel.end(),
  );
  const withOwner = (work: (owner: Awaited<typeof opening>) => void) => void opening.then(work, () => undefined);
  return {
    take: (message) => withOwner((owner) => owner.send(message)),
    grant: () => undefined,
    close: () => withOwner((owner) => owner.close()),
  };
}

/** Connects a page to the current owner of the data folder. */
export function openPageChannel(
  channel: Channel,
  { owner, socket }: Connection,
  { dialogs, granted }: PageRights,
): PageChannel {
  if (!owner) return forward(channel, socket, granted);
  const context = { ...pageContext(owner.host, []), dialogs };
  for (const path of granted) context.paths.grant(path);
  return { ...answerMessages(channel, context), grant: context.paths.grant };
}
