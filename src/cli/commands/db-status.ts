import { databaseUrl, openProjectServer } from "../../daemon/project.ts";
import type { Project } from "../../daemon/project.ts";
import { parseDatabaseUrl } from "../../store/connection-address.ts";
import { readDatabaseFacts } from "../../store/database-facts.ts";
import { findEmbeddedFacts } from "../../store/embedded.ts";
import { ownSchemaVersion } from "../../store/migrate.ts";
import type { Store } from "../../store/open.ts";
import type { DatabaseStatusData } from "../../views/db-status.ts";
import { renderDatabaseStatus } from "../../views/db-status.ts";
import type { CommandContext } from "../context.ts";
import { liveNodes, readDatabaseProject } from "../db-project.ts";
import { toNodeItem } from "../node-items.ts";
import type { CommandResult } from "../result.ts";

/** `db status`: which database this is and how it fares. It starts nothing. */
export async function dbStatus(context: CommandContext): Promise<CommandResult> {
  const data = await readStatus(await readDatabaseProject(context));
  return {
    data,
    artifactType: "presentation_card",
    title: "Database Status",
    text: ({ color }) => renderDatabaseStatus(data, color),
  };
}

async function readStatus(project: Project): Promise<DatabaseStatusData> {
  const { settings, place } = project;
  const url = await databaseUrl(project);
  const embedded = url === null ? await findEmbeddedFacts(place) : null;
  const options = { applicationName: "cronverge cli", maxConnections: 1, start: false };
  const store = await openProjectServer(project, options);
  const facts: DatabaseStatusData = {
    kind: url === null ? "embedded" : "external",
    address: url === null ? null : addressText(url),
    directory: embedded?.directory ?? null,
    exists: url !== null || embedded !== null,
    running: store !== null,
    pid: embedded?.pid ?? null,
    server_version: embedded === null ? null : embedded.major,
    schema: settings.database.schema,
    schema_version: null,
    program_schema_version: await ownSchemaVersion(),
    project: null,
    config_project: settings.project,
    size_bytes: null,
    tables: [],
    connections: null,
    nodes: [],
  };
  if (store === null) return facts;
  await using opened = store;
  return { ...facts, ...(await readRunning(opened, facts.directory)) };
}

async function readRunning(
  { database, embedded }: Store,
  directory: string | null,
): Promise<Partial<DatabaseStatusData>> {
  const facts = await readDatabaseFacts(database);
  const nodes = await liveNodes(database, embedded);
  return {
    directory: directory ?? facts.dataDirectory,
    server_version: facts.serverVersion,
    schema_version: facts.schemaVersion,
    project: facts.project,
    size_bytes: facts.bytes,
    tables: facts.tables,
    connections: facts.connections,
    nodes: nodes.map(toNodeItem),
  };
}

/** Without the password, and without parameters, one of which may be another. */
function addressText(url: string): string {
  const { host, port, database, username } = parseDatabaseUrl(url);
  const server = host.startsWith("/")
    ? `${host}:${port}`
    : `${host.includes(":") ? `[${host}]` : host}:${port}`;
  return `postgres://${username}@${server}/${database}`;
}
