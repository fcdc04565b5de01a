import { readContents } from "../../src/store/archive-tables.ts";
import type { Database } from "../../src/store/connection.ts";

/** Every row of every table as the server writes it, and where each sequence stands. */
export async function everyRow(database: Database): Promise<Record<string, string[]>> {
  const { tables, sequences } = await readContents(database, { schema: database.schema });
  const found: Record<string, string[]> = {};
  for (const { table } of tables) {
    const rows = await database.query<{ row: string }>(
      `select t::text collate "C" as row from "${table}" t order by 1`,
    );
    found[table] = rows.map(({ row }) => row);
  }
  for (const name of sequences) {
    const [row] = await database.query<{ row: string }>(
      `select last_value::text || ' ' || is_called::text as row from "${name}"`,
    );
    found[name] = [row?.row ?? ""];
  }
  return found;
}

/** The number and a digest of the rows of every table, for tables too large to be held. */
export function rowDigests(database: Database): Promise<Record<string, string>> {
  return database.transaction(
    async (tx) => {
      const { tables } = await readContents(tx, { schema: database.schema });
      const found: Record<string, string> = {};
      for (const { table } of tables) {
        const [row] = await tx.query<{ n: number; digest: string }>(
          `select count(*) as n, coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text as digest
             from "${table}" t`,
        );
        found[table] = `${row?.n} rows, ${row?.digest}`;
      }
      return found;
    },
    { deadlineMs: 600_000 },
  );
}
