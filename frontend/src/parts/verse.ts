/** A part of a poem, and who wrote it: a person here, a model, or those whose book or file it came from. */
export interface Span {
  readonly text: string;
  readonly by: "model" | "person" | "source";
}

/** Whether a person here wrote it: their words have a colour of their own, all others that of print. */
export function isPersons(span: Pick<Span, "by">): boolean {
  return span.by === "person";
}

/** The first `length` characters of the spans, never half of a character that takes two. */
export function folded(spans: readonly Span[], length: number): readonly Span[] {
  const kept: Span[] = [];
  let room = length;
  for (const span of spans) {
    if (room <= 0) break;
    let text = span.text.slice(0, room);
    if (/[\uD800-\uDBFF]$/.test(text) && text.length < span.text.length) text = text.slice(0, -1);
    kept.push({ ...span, text });
    room -= span.text.length;
  }
  return kept;
}

/** A span of a text that has parts: the title of a story, or who said a quote. */
export interface PartSpan extends Span {
  readonly part?: "title" | "said";
}

const TITLE = /^\s*\S[^\n]{0,79}(?=\n[ \t]*\n[^]*\S)/;
const SAID = /[.!?…"”'’»]\s*((?:—|–|―|--?)\s*[^\W\d_][^\n]{0,80})\s*$/u;

/** The spans, cut where a story's title ends or where it begins who said a quote. */
export function parted(spans: readonly Span[], medium: string): readonly PartSpan[] {
  const whole = spans.map(({ text }) => text).join("");
  if (medium === "prose") {
    const title = TITLE.exec(whole)?.[0];
    return title === undefined || /[.,;:”"]\s*$/.test(title) ? spans : cut(spans, 0, title.length, "title");
  }
  if (medium !== "quote") return spans;
  const said = SAID.exec(whole)?.[1];
  return said === undefined ? spans : cut(spans, whole.lastIndexOf(said), whole.length, "said");
}

function cut(spans: readonly Span[], begin: number, end: number, part: PartSpan["part"]): PartSpan[] {
  const made: PartSpan[] = [];
  let at = 0;
  for (const span of spans) {
    const from = Math.min(Math.max(begin - at, 0), span.text.length);
    const to = Math.min(Math.max(end - at, 0), span.text.length);
    made.push(
      { ...span, text: span.text.slice(0, from) },
      { ...span, text: span.text.slice(from, to), part },
      { ...span, text: span.text.slice(to) },
    );
    at += span.text.length;
  }
  return made.filter(({ text }) => text !== "");
}

/** Control characters as their pictures, "\x1b" as "␛"; tabs and line ends stay what they are. */
export function seen(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F]/g, (sign) =>
    sign === "\u007F" ? "\u2421" : String.fromCharCode(0x2400 + sign.charCodeAt(0)),
  );
}
