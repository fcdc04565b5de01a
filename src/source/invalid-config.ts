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
    const errors = diagnostics.filter((found) => found.severity === "error").length;
    super("config_invalid", `${configFile} has ${errors} error${errors === 1 ? "" : "s"}`);
    this.diagnostics = diagnostics;
    this.sources = sources;
  }
}
