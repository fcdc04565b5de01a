import type { Diagnostic } from "./diagnostic.ts";

/** What can be known of a plugin file without running it. */
export interface PluginFacts {
  /** The name a job uses: the path below the plugin directory without its extension. */
  plugin: string;
  /** Absolute real path; null when there is no such file. */
  file: string | null;
  /** The names it exports, `default` among them. */
  exports: string[];
  /** The literals of the `defineJob` call, or of the class, that is its default export. */
  declared: DeclaredJob;
  /** The same of its other exports, by name; those that declare nothing are left out. */
  declaredExports: Record<string, DeclaredJob>;
  /** What it imports and what it loads by a literal name, in the order of the file. */
  imports: ModuleImport[];
  /** Mistakes in the file itself, with places in it. */
  diagnostics: Diagnostic[];
}

/** One module that another names. Lines and columns count from 1, the end is exclusive. */
export interface ModuleImport {
  /** With `*` for what is computed. */
  specifier: string;
  /** The texts around what is computed, two at least; absent where all of the name is known. */
  parts?: readonly string[];
  /** Loaded while the code runs, if at all: `import()` and `require()`. */
  deferred: boolean;
  line: number;
  column: number;
  endLine: number;
  endColumn: number;
}

/** What job code says of itself; used where the config file is silent. */
export interface DeclaredJob {
  name: string | null;
  description: string | null;
  schedule: DeclaredSchedule | null;
  enabled: boolean | null;
}

/** The forms of `schedule:` in the config file. */
export type DeclaredSchedule =
  | string
  | { cron: string; timezone?: string }
  | { every: string }
  | { at: string };

/** The facts of a file of which no more is known: it exports, declares and imports nothing. */
export function emptyFacts(
  known: Pick<PluginFacts, "plugin" | "file" | "diagnostics">,
): PluginFacts {
  return { ...known, exports: [], declared: NOTHING_DECLARED, declaredExports: {}, imports: [] };
}

/** Code that says nothing of itself. */
export const NOTHING_DECLARED: DeclaredJob = {
  name: null,
  description: null,
  schedule: null,
  enabled: null,
};
