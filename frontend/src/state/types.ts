/** The server's words, by the names that the page uses. */

import type { components } from "../api/client";

type Schemas = components["schemas"];

export type Bed = Schemas["BedBody"];
export type BedChange = Schemas["BedChanged"];
export type BedSummary = Schemas["BedSummary"];
export type Begun = Schemas["BegunBody"];
export type Brood = Schemas["BroodBody"];
export type Changed = Schemas["ChangedBody"];
export type Chain = Schemas["ChainBody"];
export type Change = Schemas["Change"];
export type Cost = Schemas["CostBody"];
export type Exchange = Schemas["ExchangeBody"];
export type Operation = Schemas["RunningBody"]["operation"];
export type Mark = Schemas["Marked"]["mark"];
export type Model = Schemas["ModelBody"];
export type Pattern = Schemas["PatternBody"];
export type Prompt = Schemas["PromptBody"];
export type OtherWords = Schemas["OtherWordsBody"];
export type Regrown = Schemas["Regrown"];
export type Round = Schemas["RoundBody"];
export type Settings = Schemas["SettingsBody"];
export type SettingsChange = Schemas["SettingsAsked"];
export type Studio = Schemas["StudioBody"];
export type Taste = Schemas["TasteBody"];
/** Where a text stands in a collection: by it the server finds what is in no garden, and has no number of its own. */
export interface Place {
  readonly name: string;
  readonly index: number;
}
export type Text = Schemas["TextBody"] & { readonly place?: Place };
export type TextKind = Schemas["KindBody"];
