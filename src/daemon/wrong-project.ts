import type { Diagnostic } from "../model/diagnostic.ts";
import type { Database } from "../store/connection.ts";
import { readOwner } from "../store/open.ts";

/**
 * What is wrong with a file that names another project than the one that the schedule belongs to: no
 * scheduler would start with it. Null: nothing.
 */
export async function wrongProject(
  database: Database,
  { project, text, file }: { project: string | null; text: string; file: string },
): Promise<Diagnostic | null> {
  const owner = project === null ? null : await readOwner(database);
  if (owner === null || owner === project) return null;
  const before = text.split("\n").findIndex((line) => line.startsWith("project:"));
  const line = Math.max(before, 0) + 1;
  return {
    severity: "error",
    rule: "config/project",
    message: `this schedule is that of the project "${owner}", and cannot become that of "${project}"`,
    help: `write \`project: ${owner}\`; another project needs a schema of its own: database.schema`,
    file,
    line,
    column: 1,
    endLine: line,
    endColumn: "project".length + 1,
  };
}
