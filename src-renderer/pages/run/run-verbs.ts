/** What the user can do to a run from its page. */
export type RunVerb =
  | 'pause'
  | 'unpause'
  | 'stop'
  | 'stop-now'
  | 'checkpoint'
  | 'resume'
  | 'change'
  | 'new-like-this'
  | 'export'
  | 'notify'
  | 'export-metrics'
  | 'delete';
