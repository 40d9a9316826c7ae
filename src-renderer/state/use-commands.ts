import { defineStore } from 'pinia';
import { onScopeDispose, shallowRef } from 'vue';

/** An action that the user can run by name or by keyboard shortcut. */
export interface Command {
  readonly id: string;
  readonly title: string;
  /** Heading in the palette and in the list of shortcuts. */
  readonly group: string;
  /** One chord (`mod+k`, `?`) or two keys in sequence (`g r`); absent for palette-only commands. */
  readonly keys?: string;
  readonly run: () => void;
}

const TYPING = 'input, textarea, select, [contenteditable="true"], [role="textbox"], [role="combobox"]';
const SEQUENCE_MILLISECONDS = 1200;

function isTyping(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest(TYPING) !== null;
}

function chordOf(event: KeyboardEvent): string {
  const mod = event.ctrlKey || event.metaKey ? 'mod+' : '';
  const key = event.key === ' ' ? 'space' : event.key.length === 1 ? event.key.toLowerCase() : event.key;
  return `${mod}${event.altKey ? 'alt+' : ''}${key}`;
}

/** All commands of the page and their keyboard shortcuts. */
export const useCommands = defineStore('commands', () => {
  const commands = shallowRef<readonly Command[]>([]);
  let pending = '';
  let pendingSince = 0;

  /** Adds commands for the lifetime of the calling component. */
  function register(added: readonly Command[]): void {
    const ids = new Set(added.map(({ id }) => id));
    commands.value = [...commands.value.filter(({ id }) => !ids.has(id)), ...added];
    onScopeDispose(() => {
      commands.value = commands.value.filter((command) => !added.includes(command));
    });
  }

  /** Runs the command for a key press; returns whether there was one. */
  function press(event: KeyboardEvent): boolean {
    if (event.defaultPrevented || event.isComposing) return false;
    const chord = chordOf(event);
    // A button or link handles the space bar itself.
    const isTaken = chord === 'space' && event.target instanceof Element && event.target.closest('button, a, summary');
    if ((isTyping(event.target) && !chord.startsWith('mod+')) || isTaken) return false;
    const isFresh = event.timeStamp - pendingSince < SEQUENCE_MILLISECONDS;
    const sequence = pending && isFresh ? `${pending} ${chord}` : chord;
    // If two commands have the same keys, the inner component's wins, which was registered later.
    const found =
      commands.value.findLast(({ keys }) => keys === sequence) ?? commands.value.findLast(({ keys }) => keys === chord);
    const isPrefix = commands.value.some(({ keys }) => keys?.startsWith(`${chord} `));
    pending = found || !isPrefix ? '' : chord;
    pendingSince = event.timeStamp;
    if (!found) return false;
    event.preventDefault();
    found.run();
    return true;
  }

  return { commands, register, press };
});
