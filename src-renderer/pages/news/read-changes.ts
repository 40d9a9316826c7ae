/** A piece of a sentence. */
export interface Piece {
  readonly text: string;
  readonly look: 'plain' | 'code' | 'strong';
}

/** What changed in a version; each change as pieces. */
export interface Version {
  readonly title: string;
  readonly changes: readonly (readonly Piece[])[];
}

const MARKED = /`([^`]+)`|\*\*([^*]+)\*\*|\[([^\]]+)\]\([^)]+\)/g;

/** Splits a sentence at its marks: code, emphasis, and links, of which the words stay. */
export function piecesOf(text: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const match of text.matchAll(MARKED)) {
    const [whole, code, strong, link] = match;
    if (match.index > at) pieces.push({ text: text.slice(at, match.index), look: 'plain' });
    pieces.push({ text: code ?? strong ?? link ?? '', look: code ? 'code' : strong ? 'strong' : 'plain' });
    at = match.index + whole.length;
  }
  if (at < text.length) pieces.push({ text: text.slice(at), look: 'plain' });
  return pieces;
}

/** The versions of a change log in Markdown, newest first as it has them: `## version`, then a list. */
export function readChanges(markdown: string): readonly Version[] {
  return markdown
    .split(/^## /m)
    .slice(1)
    .map((section) => {
      const [title = '', ...lines] = section.split('\n');
      const items = lines.join('\n').split(/^- /m).slice(1);
      return { title: title.trim(), changes: items.map((item) => piecesOf(item.trim().replace(/\s*\n\s*/g, ' '))) };
    });
}
