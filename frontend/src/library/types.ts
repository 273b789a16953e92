/** The library's words, by the names that these pages use. */

import type { components } from "../api/client";
import type { Chain, Text } from "../state/types";

type Schemas = components["schemas"];

export type Collection = Schemas["CollectionSummary"];
export type Item = Schemas["ItemBody"];
export type Echo = Schemas["EchoBody"];
export type Found = Schemas["ImportResponse"];
export type TextPage = Schemas["TextPage"];
export type Tag = Schemas["TagBody"];
export type Export = Schemas["ExportRequest"]["form"];
export type Book = NonNullable<Schemas["ChapbookRequest"]["form"]>;

/** What stands in a list and can be chosen: a text, or a chain by its last version. */
export interface Thing {
  readonly key: string;
  /** Its number is 0 while it is not of the garden, as of what ships. */
  readonly text: Text;
  readonly chain?: Chain;
  /** Where it stands, when that is a collection. */
  readonly from?: { readonly name: string; readonly index: number; readonly grown: boolean };
  /** What came of it as an example. */
  readonly offspring?: number;
  readonly kept?: number;
}

export function ofText(text: Text): Thing {
  return { key: `text-${text.id}`, text };
}

export function ofItem(name: string, item: Item): Thing | undefined {
  const text = item.text ?? item.chain?.versions.at(-1);
  if (text === undefined) return undefined;
  const { index, grown, offspring, kept, chain } = item;
  return {
    key: `item-${index}`,
    text: text.id === 0 ? { ...text, place: { name, index } } : text,
    chain: chain ?? undefined,
    from: { name, index, grown },
    offspring,
    kept,
  };
}
