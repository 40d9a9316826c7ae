/** One menu entry. */
export interface MenuEntry {
  readonly label: string;
  readonly run: () => void;
  readonly isDisabled?: boolean;
  /** Whether the action is destructive; shown apart and in red. */
  readonly removes?: boolean;
}
