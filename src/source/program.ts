import { createHash, randomUUID } from "node:crypto";
import { chmod, mkdir, readFile, realpath, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { PROGRAM_ENDING, PROGRAM_FILES } from "../model/program-files.ts";

export interface ProgramOptions {
  /** The stored code of the job and its source map. */
  code: string;
  map: string | null;
  /** The hash of the code. */
  sha256: string;
  /** Absolute path of the state directory. */
  stateDir: string;
}

/**
 * The one file that a job's process runs: our host, with the job's code as a text in it that the
 * host loads. One file, because the entry is the only file that a process without any permission
 * may read; as a text, so that no mistake in the job's code can keep the host from starting.
 * Returns its real path, `<stateDir>/programs/<hash>.cjs`, which is written once.
 */
export async function joinProgram(options: ProgramOptions): Promise<string> {
  const host = await hostText();
  const hash = createHash("sha256")
    .update(`${options.sha256}\n${host.hash}\n${options.map ?? ""}`)
    .digest("hex");
  const folder = join(options.stateDir, "programs");
  const file = join(folder, `${hash}.cjs`);
  const map = options.map === null ? null : Buffer.from(options.map).toString("base64");
  const program = JSON.stringify({ code: options.code, map, author: host.author });
  const text = `${host.code}\nserveJob(${program});\n`;
  if (!(await holds(file, text))) await writeOnce(file, text);
  return realpath(file);
}

interface HostText {
  code: string;
  author: string;
  hash: string;
}

let host: Promise<HostText> | undefined;

/** The text of `src/sandbox/`, bundled once per process. */
function hostText(): Promise<HostText> {
  host ??= bundleHost().catch((error: unknown) => {
    host = undefined;
    throw error;
  });
  return host;
}

async function bundleHost(): Promise<HostText> {
  const [code, author] = await Promise.all([
    // A program in the old form of modules starts two milliseconds sooner.
    bundleSandbox(`host.${PROGRAM_ENDING}`, "cjs"),
    bundleSandbox(`author.${PROGRAM_ENDING}`, "esm"),
  ]);
  const hash = createHash("sha256").update(code).update(author).digest("hex");
  return { code, author, hash };
}

async function bundleSandbox(name: string, format: "cjs" | "esm"): Promise<string> {
  const entry = fileURLToPath(new URL(`sandbox/${name}`, PROGRAM_FILES));
  const built = await build({
    absWorkingDir: dirname(entry),
    entryPoints: [entry],
    bundle: true,
    write: false,
    format,
    ...(format === "cjs" ? { banner: { js: '"use strict";' } } : {}),
    platform: "node",
    target: "node26",
    minifyWhitespace: true,
    legalComments: "none",
    tsconfigRaw: {},
    logLevel: "silent",
  });
  return built.outputFiles[0]?.text ?? "";
}

/** Whether the file is whole: it may have been cut by a crash, or changed by somebody. */
async function holds(file: string, text: string): Promise<boolean> {
  return readFile(file, "utf8").then(
    (found) => found === text,
    () => false,
  );
}

async function writeOnce(file: string, text: string): Promise<void> {
  const folder = dirname(file);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  const draft = `${file}.${randomUUID()}`;
  await writeFile(draft, text, { mode: 0o600, flag: "wx" });
  await rename(draft, file);
}
