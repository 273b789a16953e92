/** The settings of the sampling, and what each does, in words. */

export interface SettingWords {
  readonly name: "temperature" | "min_p" | "top_p" | "top_k" | "max_tokens" | "refills";
  readonly words: string;
  readonly about: string;
  /** What holds when nothing is set. */
  readonly usual: string;
  readonly least: number;
  readonly most?: number;
  readonly step: number;
}

export const settings: readonly SettingWords[] = [
  {
    name: "temperature",
    words: "Temperature",
    about: "How daring the choice of words is. 1 is the model as it is; lower is tamer, higher is wilder.",
    usual: "1",
    least: 0,
    most: 5,
    step: 0.05,
  },
  {
    name: "min_p",
    words: "Least share (min p)",
    about:
      "Leaves out words that are less than this share as likely as the likeliest. It keeps nonsense away. 0 turns it off.",
    usual: "0.05",
    least: 0,
    most: 0.99,
    step: 0.01,
  },
  {
    name: "top_p",
    words: "Likely mass (top p)",
    about: "Draws from the likeliest words that together have this chance. 1 turns it off.",
    usual: "1",
    least: 0.01,
    most: 1,
    step: 0.01,
  },
  {
    name: "top_k",
    words: "Likeliest words (top k)",
    about: "Draws from so many of the likeliest words. 0 turns it off.",
    usual: "0",
    least: 0,
    step: 1,
  },
  {
    name: "max_tokens",
    words: "Longest",
    about: "The most tokens of one offspring; a word has one or two. What is longer is cut off.",
    usual: "by the pattern",
    least: 1,
    step: 1,
  },
  {
    name: "refills",
    words: "Second tries",
    about:
      "How many copies, loops and cut-off ones of a brood are asked for anew. 0 leaves them as they are.",
    usual: "as many",
    least: 0,
    most: 1000,
    step: 1,
  },
];
