import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { SchedulerError } from "../../model/errors.ts";
import { writeArchiveFile } from "../../store/archive-file.ts";
import { writeArchive } from "../../store/archive-write.ts";
import type { DatabaseExportData } from "../../views/db-transfer.ts";
import { renderExport } from "../../views/db-transfer.ts";
import type { CommandContext } from "../context.ts";
import { displayName } from "../context.ts";
import { untilInterrupted } from "../db-interrupted.ts";
import {
  databaseExists,
  inUse,
  liveNodes,
  openDatabase,
  readDatabaseProject,
} from "../db-project.ts";
import type { CommandResult } from "../result.ts";
import { tableCounts } from "../table-counts.ts";

/**
 * `db export`: everything that Cronverge keeps, in one file as of one instant. While nodes live it is
 * refused without `live`, because whoever imports it elsewhere would have two schedules.
 */
export async function dbExport(
  context: CommandContext,
  options: { file: string; live: boolean; force: boolean },
): Promise<CommandResult> {
  const file = resolve(options.file);
  const project = await readDatabaseProject(context);
  if (!(await databaseExists(project))) {
    throw new SchedulerError("database_failed", "there is no embedded database here yet", {
      help: "cronverge db status says where it would be; another state directory is named by --state-dir",
    });
  }
  await using store = await openDatabase(project);
  const { database, embedded } = store;
  const nodes = await liveNodes(database, embedded);
  if (nodes.length > 0 && !options.live) throw inUse(nodes, LIVE_HELP);
  const live = nodes.length > 0;
  const { header, rows, leftOut } = await untilInterrupted(store, (signal) =>
    writeArchiveFile(file, { replace: options.force, signal }, (write) =>
      writeArchive(database, { live, write }),
    ),
  );
  const data: DatabaseExportData = {
    file,
    bytes: (await stat(file)).size,
    exported_at: header.exported_at,
    live,
    program: header.program,
    server_version: header.server,
    schema: header.schema,
    schema_version: header.schema_version,
    project: header.project,
    ...tableCounts(rows),
    left_out: leftOut,
  };
  return {
    data,
    artifactType: "presentation_card",
    title: "Database Export",
    text: ({ color }) => renderExport(data, { color, shownFile: displayName(file) }),
  };
}

const LIVE_HELP =
  "to move the schedule, stop them first; for a backup as of one instant, export with --live";
