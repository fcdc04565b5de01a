import type { Diagnostic } from "../model/diagnostic.ts";
import { SchedulerError } from "../model/errors.ts";
import type { LoadedConfig } from "./load.ts";

/** The config cannot be used; it carries what was found in it. */
export class InvalidConfig extends SchedulerError {
  readonly diagnostics: Diagnostic[];
  readonly sources: ReadonlyMap<string, string>;

  constructor({
    configFile,
    diagnostics,
    sources,
  }: Pick<LoadedConfig, "configFile" | "diagnostics" | "sources">) {
    const errors = diagnostics.filter((found) => found.severity === "error");
    const files = [...new Set(errors.map(({ file }) => file))];
    const where = files.length === 0 ? configFile : files.slice(0, FILES_NAMED).join(", ");
    const more = files.length > FILES_NAMED ? ` and ${files.length - FILES_NAMED} more files` : "";
    const count = errors.length === 1 ? "1 error" : `${errors.length} errors`;
    super("config_invalid", `${count} in ${where}${more}`);
    this.diagnostics = diagnostics;
    this.sources = sources;
  }
}

const FILES_NAMED = 3;
