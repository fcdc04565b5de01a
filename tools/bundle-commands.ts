// Joins what `check`, `plan --against` and the launcher need into few files: most of their time would go
// into finding 200 modules, and each module that the launcher loads costs memory on every node.
import { dirname, join, relative } from "node:path";
import { build } from "esbuild";
import type { Plugin } from "esbuild";

const JOINED = [
  "execute/launcher.js",
  "cli/program.js",
  "cli/commands/check.js",
  "cli/commands/plan.js",
  "cli/review.js",
  "source/modules.js",
  "code/read-plugin.js",
];

/** Classes that files ask `instanceof` of: two copies of one would not know one another. */
const SHARED = ["model/errors.js", "source/invalid-config.js"];

/** Replaces compiled files of `dist` by bundles of themselves and what they import statically. */
export async function bundleCommands(dist: string): Promise<void> {
  for (const name of JOINED) {
    const file = join(dist, name);
    await build({
      entryPoints: [file],
      outfile: file,
      allowOverwrite: true,
      bundle: true,
      format: "esm",
      platform: "neutral",
      mainFields: ["module", "main"],
      target: "node26",
      minifySyntax: true,
      minifyWhitespace: true,
      // It requires modules of Node in the old way, which a joined module cannot.
      external: ["node:*", "execa"],
      plugins: [leaveOut({ dist, folder: dirname(file) })],
      logLevel: "warning",
    });
  }
}

/** What is imported while a command runs stays a file of its own, and so do the shared classes. */
function leaveOut({ dist, folder }: { dist: string; folder: string }): Plugin {
  const shared = new Set(SHARED.map((name) => join(dist, name)));
  return {
    name: "leave-out",
    setup(bundler) {
      bundler.onResolve({ filter: /^\./ }, ({ path, resolveDir, kind }) => {
        const target = join(resolveDir, path);
        if (kind !== "dynamic-import" && !shared.has(target)) return null;
        if (!target.startsWith(dist)) return null;
        const place = relative(folder, target);
        return { path: place.startsWith(".") ? place : `./${place}`, external: true };
      });
    },
  };
}
