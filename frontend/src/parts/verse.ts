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

/** Control characters as their pictures, "\x1b" as "␛"; tabs and line ends stay what they are. */
export function seen(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F]/g, (sign) =>
    sign === "\u007F" ? "\u2421" : String.fromCharCode(0x2400 + sign.charCodeAt(0)),
  );
}
