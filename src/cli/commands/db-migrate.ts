import { openProjectStore } from "../../daemon/project.ts";
import type { Project } from "../../daemon/project.ts";
import { missingRights } from "../../store/missing-rights.ts";
import {
  ownMigrations,
  ownSchemaVersion,
  readMigrationState,
  type AppliedMigration,
} from "../../store/migrate.ts";
import type { OpenNode } from "../../store/nodes.ts";
import type { DatabaseMigrateData } from "../../views/db-transfer.ts";
import { renderMigrate } from "../../views/db-transfer.ts";
import type { CommandContext } from "../context.ts";
import {
  databaseExists,
  inUse,
  liveNodes,
  openDatabase,
  readDatabaseProject,
} from "../db-project.ts";
import { toNodeItem } from "../node-items.ts";
import type { CommandResult } from "../result.ts";

/**
 * `db migrate`: what `up` and `apply` do before anything else, by itself. Nodes that live are older
 * than what is missing, and take nothing new once it is there: they are asked about first.
 */
export async function dbMigrate(
  context: CommandContext,
  { dryRun, live }: { dryRun: boolean; live: boolean },
): Promise<CommandResult> {
  const project = await readDatabaseProject(context);
  const found = dryRun && !(await databaseExists(project)) ? await nothing() : await read(project);
  const { from, missing, nodes } = found;
  if (missing.length > 0 && !dryRun) {
    if (nodes.length > 0 && !live) throw inUse(nodes, LIVE_HELP);
    await migrateProject(project);
  }
  const data: DatabaseMigrateData = {
    schema: project.settings.database.schema,
    from,
    to: await ownSchemaVersion(),
    migrations: missing.map(({ version, name }) => ({ version, name })),
    dry_run: dryRun,
    nodes: nodes.map(toNodeItem),
  };
  return {
    data,
    artifactType: "presentation_card",
    title: dryRun ? "Database Migration (Dry Run)" : "Database Migration",
    text: ({ color }) => renderMigrate(data, color),
  };
}

const LIVE_HELP =
  "once the schema is newer they end what they run and take nothing new; stop them first, or go on with --live and upgrade them";

interface Found {
  from: number;
  missing: AppliedMigration[];
  /** Those that live. */
  nodes: OpenNode[];
}

/** An embedded database that nobody has used yet, and that a question does not make. */
async function nothing(): Promise<Found> {
  return { from: 0, missing: await ownMigrations(), nodes: [] };
}

async function read(project: Project): Promise<Found> {
  await using store = await openDatabase(project);
  const { database, embedded } = store;
  try {
    const { applied, missing } = await readMigrationState(database);
    const nodes = await liveNodes(database, embedded);
    return { from: applied.at(-1)?.version ?? 0, missing, nodes };
  } catch (error) {
    throw (await missingRights(database, error).catch(() => null)) ?? error;
  }
}

/** The one way to do it, which also keeps other projects out. */
async function migrateProject(project: Project): Promise<void> {
  const options = { applicationName: "cronverge cli", maxConnections: 1 };
  const store = await openProjectStore(project, { ...options, migrate: "any" });
  await store[Symbol.asyncDispose]();
}
