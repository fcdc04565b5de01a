import { hash } from "node:crypto";
import { readImports } from "../code/imports.ts";
import { parseModule, parseScript } from "../code/parse-module.ts";
import { scanImports } from "../code/scan-imports.ts";
import { fileDiagnostic } from "../config/decode.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { errorMessage, SchedulerError } from "../model/errors.ts";
import type { FileTree } from "../model/file-tree.ts";
import type { ModuleImport } from "../model/plugin.ts";
import { MAX_MODULE_BYTES } from "./plugins.ts";
import { stripTypes } from "./strip-types.ts";

/** A file of a job's code, as far as it is known without running it. */
export interface KnownModule {
  /** Absolute real path. */
  path: string;
  /** As diagnostics name it. */
  displayName: string;
  stamp: string;
  /** Of the bytes, in hex. */
  sha256: string;
  text: string;
  imports: readonly ModuleImport[];
  /** Why it could not be understood. */
  diagnostic: Diagnostic | null;
  /** Whether its imports are all that it has, and not only those that its text seems to name. */
  parsed: boolean;
}

/** Reads one file; `before` is what an earlier reading knew of it. */
export async function readModule(
  path: string,
  given: { displayName: string; tree: FileTree; before: KnownModule | undefined },
): Promise<KnownModule> {
  const { displayName, tree, before } = given;
  try {
    const stamp = (await tree.stat(path))?.stamp ?? "";
    if (before !== undefined && before.stamp === stamp) return before;
    const bytes = await tree.read(path);
    const sha256 = hash("sha256", bytes);
    if (before?.sha256 === sha256) return { ...before, stamp };
    const text = new TextDecoder().decode(bytes);
    return { path, displayName, stamp, sha256, text, ...understand(text, path, displayName) };
  } catch (error) {
    if (error instanceof SchedulerError) throw error;
    const message = `the file cannot be read: ${errorMessage(error)}`;
    const diagnostic = fileDiagnostic(displayName, {
      rule: "plugin/unreadable",
      message,
      help: null,
    });
    const nothing = { stamp: "", sha256: "", text: "", imports: [], parsed: false };
    return { path, displayName, ...nothing, diagnostic };
  }
}

type Understood = Pick<KnownModule, "imports" | "diagnostic" | "parsed">;

/** Data, such as JSON, imports nothing; of JSX and style sheets it is only seen what they name. */
function understand(text: string, path: string, file: string): Understood {
  if (text.length > MAX_MODULE_BYTES && /\.(?:[cm]?[jt]sx?|css)$/.test(path)) {
    const message = `the file is larger than ${MAX_MODULE_BYTES / 1_000_000} MB`;
    const diagnostic = fileDiagnostic(file, { rule: "plugin/too-large", message, help: null });
    return { imports: [], diagnostic, parsed: false };
  }
  if (/\.(?:[jt]sx|css)$/.test(path)) {
    return { imports: scanImports(text), diagnostic: null, parsed: true };
  }
  if (!/\.[cm]?[jt]s$/.test(path)) return { imports: [], diagnostic: null, parsed: true };
  const typed = /\.[cm]?ts$/.test(path);
  const strip = typed ? stripTypes : (source: string): string => source;
  const module = parseModule(text, { file, stripTypes: strip });
  const program = "program" in module ? module.program : parseScript(text, { stripTypes: strip });
  if (program !== null) return { imports: readImports(program), diagnostic: null, parsed: true };
  // What no parser here takes, the bundler may take.
  const diagnostic = typed && "diagnostic" in module ? module.diagnostic : null;
  return { imports: scanImports(text), diagnostic, parsed: false };
}
