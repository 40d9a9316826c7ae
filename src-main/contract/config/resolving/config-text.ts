import { LineCounter, parseDocument } from 'yaml';
import { KeelError } from '../../errors.ts';

const MAX_CHARACTERS = 1_000_000;

/**
 * Parses the text of a config file, YAML or JSON. Throws `config_unreadable` with line and column.
 * @param file name of the file, used only in messages.
 */
export function parseConfigText(text: string, file: string): unknown {
  if (text.length > MAX_CHARACTERS) {
    throw new KeelError({
      code: 'config_unreadable',
      why: `${file} has ${text.length} characters; a config can have at most ${MAX_CHARACTERS}.`,
      fix: 'Specify the config file, not a dataset.',
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
      fix: 'Fix the text there; see docs/config.md for an example.',
      faults,
    });
  }
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (cause) {
    throw new KeelError({
      code: 'config_unreadable',
      why: `${file} expands too many aliases (*name).`,
      fix: 'Write the values out.',
      cause,
    });
  }
}
