/** The styles that the views use; each is a name that `util.styleText` knows. */
export type Style = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";

/** Colours a text, or returns it as it is. */
export type Paint = (style: Style, text: string) => string;
