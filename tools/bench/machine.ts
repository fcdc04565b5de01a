import { readFileSync } from "node:fs";
import { cpus, release, totalmem, type } from "node:os";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "..", "..");

/** The machine and the programs, in one sentence that a reader of the figures needs. */
export function describeMachine(postgresVersion: string): string {
  const processors = cpus();
  const model = processors[0]?.model.trim() ?? "unknown processor";
  const memory = `${Math.round(totalmem() / 2 ** 30)} GB`;
  return [
    `${processors.length} × ${model}, ${memory} of memory`,
    `${type()} ${release()}`,
    `Node.js ${process.versions.node}`,
    `PostgreSQL ${postgresVersion} (embedded, unix socket, default durability)`,
    `pg-boss ${versionOf("pg-boss")}`,
    `graphile-worker ${versionOf("graphile-worker")}`,
  ].join("; ");
}

/** The version of an installed package. */
export function versionOf(name: string): string {
  const file = join(ROOT, "node_modules", name, "package.json");
  const found: unknown = JSON.parse(readFileSync(file, "utf8"));
  const version = typeof found === "object" && found !== null && "version" in found;
  return version ? String(found.version) : "unknown";
}
