/** One thing that a menu offers. */
export interface MenuEntry {
  readonly label: string;
  readonly run: () => void;
  readonly isDisabled?: boolean;
  /** It takes something away: it stands apart and in red. */
  readonly removes?: boolean;
}
