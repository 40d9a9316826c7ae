import type { ChatPieces } from './chat-pieces.ts';

/** Text as Go's text/template prints it. */
function literal(text: string): string {
  return text.includes('{') ? `{{ ${JSON.stringify(text)} }}` : text;
}

const LAST = '{{ if eq (len (slice $.Messages $i)) 1 }}';

/** A template in Go's language with Ollama's variables. */
export function goTemplate({ start, system, toAssistant, toUser, afterUser, afterAssistant }: ChatPieces): string {
  const [before, after] = system ?? [];
  const beginning =
    before === undefined
      ? literal(start)
      : `{{ if .System }}${literal(before)}{{ .System }}${literal(after as string)}{{ else }}${literal(start)}{{ end }}`;
  const said = (role: string, last: string, next: string) =>
    `if eq .Role "${role}" }}{{ .Content }}${LAST}${literal(last)}{{ else }}${literal(next)}{{ end }}`;
  return [
    beginning,
    '{{ range $i, $_ := .Messages }}',
    `{{ ${said('user', afterUser, toAssistant)}`,
    `{{ else ${said('assistant', afterAssistant, toUser)}`,
    '{{ end }}{{ end }}',
  ].join('');
}
