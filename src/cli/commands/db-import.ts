import { access, constants } from "node:fs/promises";
import { resolve } from "node:path";
import { refuseOtherConfig } from "../../daemon/project.ts";
import { readArchiveFile } from "../../store/archive-file.ts";
import { ArchiveReader } from "../../store/archive-reader.ts";
import type { RestoreSummary } from "../../store/archive-restore.ts";
import { restoreArchive } from "../../store/archive-restore.ts";
import { ownSchemaVersion } from "../../store/migrate.ts";
import { missingRights } from "../../store/missing-rights.ts";
import type { Store } from "../../store/open.ts";
import type { Project } from "../../daemon/project.ts";
import type { DatabaseImportData } from "../../views/db-transfer.ts";
import { renderImport } from "../../views/db-transfer.ts";
import type { CommandContext } from "../context.ts";
import { displayName } from "../context.ts";
import { untilInterrupted } from "../db-interrupted.ts";
import { inUse, liveNodes, openDatabase, readDatabaseProject } from "../db-project.ts";
import type { CommandResult } from "../result.ts";
import { tableCounts } from "../table-counts.ts";

/** `db import`: fills an empty database with an export, all of it or nothing. */
export async function dbImport(context: CommandContext, name: string): Promise<CommandResult> {
  const file = resolve(name);
  await access(file, constants.R_OK);
  const project = await readDatabaseProject(context);
  await using store = await openDatabase(project);
  const nodes = await liveNodes(store.database, store.embedded);
  if (nodes.length > 0) {
    throw inUse(nodes, "an import needs an empty database, and what lives there is a schedule");
  }
  const { header, rows, migrated } = await untilInterrupted(store, (signal) =>
    restore(file, { project, store, signal }),
  );
  const data: DatabaseImportData = {
    file,
    exported_at: header.exported_at,
    live: header.live,
    program: header.program,
    server_version: header.server,
    schema: store.database.schema,
    exported_schema_version: header.schema_version,
    schema_version: await ownSchemaVersion(),
    migrated,
    project: header.project ?? project.settings.project,
    ...tableCounts(rows),
  };
  return {
    data,
    artifactType: "presentation_card",
    title: "Database Import",
    text: ({ color }) => renderImport(data, { color, shownFile: displayName(file) }),
  };
}

async function restore(
  file: string,
  { project, store, signal }: { project: Project; store: Store; signal: AbortSignal },
): Promise<RestoreSummary> {
  const { database, embedded } = store;
  const reader = new ArchiveReader(readArchiveFile(file, signal));
  try {
    return await restoreArchive(database, reader, {
      project: project.settings.project,
      check: (tx) => (embedded ? refuseOtherConfig(tx, project.place) : Promise.resolve()),
    });
  } catch (error) {
    throw (await missingRights(database, error).catch(() => null)) ?? error;
  } finally {
    await reader.close();
  }
}
