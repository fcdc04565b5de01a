/** The folder of the program's own files: `src` of a checkout, `dist` of the package. */
export const PROGRAM_FILES: URL = new URL("..", import.meta.url);

/** What those files end in: in a checkout Node runs the sources. */
export const PROGRAM_ENDING: "ts" | "js" = import.meta.url.endsWith(".ts") ? "ts" : "js";
