// Builds dist, or the folder that is given: compiled sources, and what they read at run time.
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, globSync, mkdirSync, rmSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { bundleCommands } from "./bundle-commands.ts";

const root = join(import.meta.dirname, "..");
const dist = resolve(root, process.argv[2] ?? "dist");

rmSync(dist, { recursive: true, force: true });
const { status } = spawnSync(
  join(root, "node_modules", ".bin", "tsc"),
  ["-p", join(root, "tsconfig.build.json"), "--outDir", dist],
  { cwd: root, stdio: "inherit" },
);
if (status !== 0) process.exit(status ?? 1);
for (const file of globSync(["src/**/*.sql", "src/**/*.generated.js"], { cwd: root })) {
  const target = join(dist, relative("src", file));
  mkdirSync(dirname(target), { recursive: true });
  cpSync(join(root, file), target);
}
await bundleCommands(dist);
chmodSync(join(dist, "main.js"), 0o755);
