// Builds dist: compiled sources, and beside them what they read at run time.
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, globSync, rmSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { mkdirSync } from "node:fs";

const root = join(import.meta.dirname, "..");
const dist = join(root, "dist");

rmSync(dist, { recursive: true, force: true });
const { status } = spawnSync(
  join(root, "node_modules", ".bin", "tsc"),
  ["-p", join(root, "tsconfig.build.json")],
  { cwd: root, stdio: "inherit" },
);
if (status !== 0) process.exit(status ?? 1);
for (const file of globSync(["src/**/*.sql", "src/**/*.generated.js"], { cwd: root })) {
  const target = join(dist, relative("src", file));
  mkdirSync(dirname(target), { recursive: true });
  cpSync(join(root, file), target);
}
chmodSync(join(dist, "main.js"), 0o755);
