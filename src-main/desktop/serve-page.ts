import { createPageFiles, type PageFile } from '../page/page-files.ts';
import { PAGE_HEADERS } from '../page/page-headers.ts';
import type { ElectronParts } from './electron-parts.ts';
import { isPageAddress, PAGE_SCHEME } from './page-address.ts';

/** The path of the plain page that is shown when the real one keeps crashing. */
export const CRASHED_PATH = '/crashed';

const CRASHED = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Keel</title>
<h1>The window keeps crashing</h1>
<p>Your runs are not affected: they are separate processes, and everything they have reported is stored.</p>
<p><a href="/">Reload the window</a>, or watch the runs in a terminal: <code>keel runs watch latest</code>.</p></html>`;

/** Call this before the app is ready. */
export function registerPageScheme(protocol: ElectronParts['protocol']): void {
  const privileges = { standard: true, secure: true, supportFetchAPI: true, codeCache: true };
  protocol.registerSchemesAsPrivileged([{ scheme: PAGE_SCHEME, privileges }]);
}

async function bodyOf({ handle }: PageFile): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await handle.readFile());
  } finally {
    await handle.close();
  }
}

function answer(status: number, body: string | Uint8Array<ArrayBuffer>, type: string): Response {
  return new Response(body, {
    status,
    headers: { ...PAGE_HEADERS, 'Content-Type': type, 'Cache-Control': 'no-store' },
  });
}

/** Answers requests to the page's scheme with files of the built page only. */
export function createPageAnswer(folder: string): (request: Request) => Promise<Response> {
  const find = createPageFiles(folder);
  const plain = 'text/plain; charset=utf-8';
  return async ({ url, method }) => {
    if (!isPageAddress(url) || method !== 'GET') return answer(403, 'Not allowed', plain);
    const { pathname } = new URL(url);
    if (pathname === CRASHED_PATH) return answer(200, CRASHED, 'text/html; charset=utf-8');
    const file = await find(pathname);
    return file ? answer(200, await bodyOf(file), file.type) : answer(404, 'Not found', plain);
  };
}
