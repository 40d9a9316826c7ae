import { LineCounter, parseDocument } from 'yaml';
import { KeelError } from '../../errors.ts';

const MAX_CHARACTERS = 1_000_000;

/**
 * Reads the text of a config file, YAML or JSON. Throws `config_unreadable` with line and column.
 * @param file name for the message only.
 */
export function parseConfigText(text: string, file: string): unknown {
  if (text.length > MAX_CHARACTERS) {
    throw new KeelError({
      code: 'config_unreadable',
      why: `${file} holds ${text.length} characters; a config has at most ${MAX_CHARACTERS}.`,
      fix: 'Name the config file, not a dataset.',
    });
  }
  const lines = new LineCounter();
  const document = parseDocument(text.replace(/^\uFEFF/, ''), { uniqueKeys: true, lineCounter: lines });
  if (document.errors.length > 0) {
    const faults = document.errors.map((error) => {
      const { line, col } = lines.linePos(error.pos[0]);
      return { where: `line ${line}, column ${col}`, why: error.message.split('\n')[0]!.replace(/ at line.*$/, '') };
    });
    throw new KeelError({
      code: 'config_unreadable',
      why: `${file} is neither YAML nor JSON: ${faults[0]!.where}: ${faults[0]!.why}.`,
      fix: 'Mend this place; docs/config.md has examples.',
      faults,
    });
  }
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (cause) {
    throw new KeelError({
      code: 'config_unreadable',
      why: `${file} repeats itself too often through aliases (*name).`,
      fix: 'Write the values out.',
      cause,
    });
  }
}
