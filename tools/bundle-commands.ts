// Joins what the commands and the launcher need into few files: half of a command's time would go into
// finding 200 modules, and each module that the launcher loads costs memory on every node.
import { writeFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { dirname, join, relative } from "node:path";
import { build } from "esbuild";
import type { Plugin } from "esbuild";

/** The program with all its commands. They share what several of them need. */
const PROGRAM = "cli/program.js";

/** One file each, with all that it imports statically: what must start soonest shares nothing. */
const ALONE = [
  "execute/launcher.js",
  "cli/commands/check.js",
  "cli/commands/plan.js",
  "cli/review.js",
  "source/modules.js",
  "code/read-plugin.js",
];

/**
 * Classes that files ask `instanceof` of, since two copies of one would not know one another; and what
 * knows by its own place where the others are.
 */
const SHARED = ["model/errors.js", "model/program-files.js", "source/invalid-config.js"];

/** These look for files of their own, or require modules of Node in the old way. */
const APART = ["@bomb.sh/tab", "diff", "esbuild", "execa", "pino", "undici"];

/** What a joined module must not ask: the answer would be another. Packages are found from anywhere. */
const ASKS_ITS_PLACE = /import\.meta\.(url|dirname|filename)/;

/** Replaces compiled files of `dist` by bundles of themselves and what they import. */
export async function bundleCommands(dist: string): Promise<void> {
  await bundle(dist, PROGRAM);
  for (const name of ALONE) await bundle(dist, name);
}

async function bundle(dist: string, name: string): Promise<void> {
  const isProgram = name === PROGRAM;
  const folder = dirname(join(dist, name));
  const { outputFiles } = await build({
    entryPoints: [join(dist, name)],
    outdir: folder,
    // No deeper than the program itself, so that what stays apart is found from each of them.
    chunkNames: "joined-[name]-[hash]",
    write: false,
    bundle: true,
    splitting: isProgram,
    format: "esm",
    platform: "neutral",
    mainFields: ["module", "main"],
    target: "node26",
    minifySyntax: true,
    minifyWhitespace: true,
    external: ["node:*", ...builtinModules, ...APART],
    plugins: [leaveOut({ dist, folder, dynamic: !isProgram })],
    logLevel: "warning",
  });
  for (const { path, text } of outputFiles) {
    if (ASKS_ITS_PLACE.test(text)) {
      throw new Error(`${path} asks where it is, which model/program-files.ts knows`);
    }
    writeFileSync(path, text);
  }
}

/** What stays a file of its own; with `dynamic`, all that is imported while a command runs. */
function leaveOut(options: { dist: string; folder: string; dynamic: boolean }): Plugin {
  const { dist, folder, dynamic } = options;
  const files = (names: string[]): Set<string> => new Set(names.map((name) => join(dist, name)));
  const shared = files(SHARED);
  const alone = files(ALONE);
  return {
    name: "leave-out",
    setup(bundler) {
      bundler.onResolve({ filter: /^\./ }, ({ path, resolveDir, kind }) => {
        const target = join(resolveDir, path);
        const later = kind === "dynamic-import" && (dynamic || alone.has(target));
        if (!target.startsWith(dist) || !(later || shared.has(target))) return null;
        const place = relative(folder, target);
        return { path: place.startsWith(".") ? place : `./${place}`, external: true };
      });
    },
  };
}
