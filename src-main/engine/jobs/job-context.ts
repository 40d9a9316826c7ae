import type { EngineReport } from '../protocol.ts';
import type { Runtime } from '../runtime/types.ts';
import type { Control } from '../session/context.ts';

/** What every job receives from its process. */
export interface JobContext {
  readonly runtime: Runtime;
  readonly control: Control;
  readonly tell: (report: EngineReport) => void;
}
