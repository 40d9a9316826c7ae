import { useRequest } from './use-request.ts';

/** The demo: starting it, and its result. */
export function useDemo() {
  const start = useRequest((client) => client.runs.startDemo({}));
  const result = useRequest((client, run: string) => client.runs.demoResult({ run }));
  return { start, result };
}
