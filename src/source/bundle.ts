import { createHash } from "node:crypto";
import { realpath } from "node:fs/promises";
import { dirname, join } from "node:path";
import {
  build,
  stop,
  type BuildFailure,
  type BuildOptions,
  type Message,
  type Metafile,
} from "esbuild";
import { fileDiagnostic } from "../config/decode.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { findProjectRoot, refusalOf, type BundleRefusal } from "./bundle-scope.ts";
import { DISK } from "./disk.ts";
import { findPlugAndPlay, refusedPlugAndPlay } from "./plug-and-play.ts";

export { joinProgram, type ProgramOptions } from "./program.ts";

/** The code of a plugin as it is stored: one ES module, its source map, the hash of the code. */
export interface PluginBundle {
  code: string;
  map: string;
  sha256: string;
}

export interface BundleOptions {
  /** Absolute path of the author's file. */
  file: string;
  /** The name that the job uses for it, for messages. */
  plugin: string;
  /** Absolute path of the plugin directory. */
  pluginDir: string;
  /** Folder that its imports must stay in; the nearest one with .git or package.json if absent. */
  root?: string;
}

/**
 * Bundles a plugin with what it imports, `cronverge` left out, without running any of it. The
 * same files give the same hash on every machine. A mistake in them is a diagnostic.
 */
export async function bundlePlugin(
  options: BundleOptions,
): Promise<PluginBundle | { diagnostics: Diagnostic[] }> {
  try {
    const pluginDir = await realpath(options.pluginDir);
    const folder = dirname(pluginDir);
    const entry = await realpath(options.file);
    const built = await build({ ...BUNDLE, absWorkingDir: folder, entryPoints: [entry] });
    const root = await realpath(options.root ?? (await findProjectRoot(folder, DISK)));
    const diagnostics = Object.keys(built.metafile.inputs).flatMap((input) => {
      const path = join(folder, input);
      const refusal = refusalOf(path, { root, folder });
      return refusal === null ? [] : [refused(path, { ...refusal, options })];
    });
    if (diagnostics.length > 0) return { diagnostics };
    const imported = packagesIn(built.metafile);
    const pnp = imported === null ? null : await findPlugAndPlay(folder, { tree: DISK });
    if (imported !== null && pnp !== null) {
      return { diagnostics: [fileDiagnostic(options.file, refusedPlugAndPlay(imported, pnp))] };
    }
    const text = (ending: string): string =>
      built.outputFiles.find((output) => output.path.endsWith(ending))?.text ?? "";
    const code = text(".mjs");
    return { code, map: text(".map"), sha256: createHash("sha256").update(code).digest("hex") };
  } catch (error) {
    return { diagnostics: diagnosticsOf(error, options) };
  }
}

/** Ends the bundler's process; the next bundle starts it again. */
export async function stopBundler(): Promise<void> {
  await stop();
}

/**
 * Nothing of the repository but the code itself decides: no tsconfig, no settings of a package.
 * Without blanks no path is left in the code, so that the hash does not depend on the machine.
 */
const BUNDLE = {
  bundle: true,
  write: false,
  metafile: true,
  format: "esm",
  platform: "node",
  target: "node26",
  external: ["cronverge"],
  minifyWhitespace: true,
  charset: "utf8",
  legalComments: "none",
  sourcemap: "external",
  sourcesContent: false,
  tsconfigRaw: {},
  logLevel: "silent",
  outfile: "job.mjs",
} satisfies BuildOptions;

/** One import that stands for a package, or may; null where all are files. */
function packagesIn({ inputs }: Metafile): string | null {
  const imports = Object.values(inputs).flatMap((input) => input.imports);
  const found = imports.find(({ original, external }) => {
    return external !== true && original !== undefined && !/^[./]/.test(original);
  });
  return found?.original ?? null;
}

function refused(
  path: string,
  { rule, reason, help, options }: BundleRefusal & { options: BundleOptions },
): Diagnostic {
  const message = `${options.plugin} imports ${path}, which ${reason}`;
  return fileDiagnostic(options.file, { rule, message, help });
}

function diagnosticsOf(error: unknown, options: BundleOptions): Diagnostic[] {
  if (isBuildFailure(error)) return error.errors.map((message) => fromMessage(message, options));
  const text = error instanceof Error ? error.message : String(error);
  const message = `${options.plugin} cannot be bundled: ${text}`;
  return [fileDiagnostic(options.file, { rule: "plugin/unreadable", message, help: null })];
}

function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && "errors" in error && Array.isArray(error.errors);
}

function fromMessage(message: Message, options: BundleOptions): Diagnostic {
  const { location } = message;
  const unresolved = message.text.startsWith("Could not resolve");
  const base = fileDiagnostic(options.file, {
    rule: unresolved ? "plugin/unresolved" : "plugin/syntax",
    message: message.text,
    help: unresolved ? "install the package in this project, or correct the path" : null,
  });
  if (location === null) return base;
  // The bundler counts columns in bytes and from 0.
  const column = Buffer.from(location.lineText).subarray(0, location.column).toString().length + 1;
  return {
    ...base,
    file: join(dirname(options.pluginDir), location.file),
    line: location.line,
    column,
    endLine: location.line,
    endColumn: column + Math.max(1, location.length),
  };
}
