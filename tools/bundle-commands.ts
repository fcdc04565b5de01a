// Joins what `check` needs into few files: most of its time would go into finding 170 modules.
import { dirname, join, relative } from "node:path";
import { build } from "esbuild";
import type { Plugin } from "esbuild";

/** Replaces compiled files of `dist` by bundles of themselves and what they import statically. */
export async function bundleCommands(dist: string): Promise<void> {
  for (const name of ["cli/program.js", "cli/commands/check.js"]) {
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
      external: ["node:*"],
      plugins: [leaveOut({ dist, folder: dirname(file) })],
      logLevel: "warning",
    });
  }
}

/**
 * What is imported while a command runs stays a file of its own. So does the one class that other
 * files ask `instanceof` of: two copies of it would not know one another.
 */
function leaveOut({ dist, folder }: { dist: string; folder: string }): Plugin {
  const shared = join(dist, "model", "errors.js");
  return {
    name: "leave-out",
    setup(bundler) {
      bundler.onResolve({ filter: /^\./ }, ({ path, resolveDir, kind }) => {
        const target = join(resolveDir, path);
        if (kind !== "dynamic-import" && target !== shared) return null;
        if (!target.startsWith(dist)) return null;
        const place = relative(folder, target);
        return { path: place.startsWith(".") ? place : `./${place}`, external: true };
      });
    },
  };
}
