import { json } from "./connection.ts";
import type { Queryable } from "./queryable.ts";

/** Tables with the columns that something needs of each. */
export type RequiredColumns = Readonly<Record<string, readonly string[]>>;

/** What of it is not there: of a table that is missing altogether its name alone. */
export async function missingColumns(
  db: Queryable,
  required: RequiredColumns,
): Promise<{ tables: string[]; columns: string[] }> {
  const rows = await db.query<{ table: string; column: string; exists: boolean }>(
    `select t.key as "table", c.name as "column", to_regclass(t.key) is not null as exists
       from jsonb_each($1::text::jsonb) t, jsonb_array_elements_text(t.value) c(name)
      where not exists (
        select from pg_attribute a
         where a.attrelid = to_regclass(t.key) and a.attname = c.name
           and a.attnum > 0 and not a.attisdropped)
      order by t.key, c.name`,
    [json(required)],
  );
  return {
    tables: [...new Set(rows.filter((row) => !row.exists).map(({ table }) => table))],
    columns: rows.filter((row) => row.exists).map(({ table, column }) => `${table}.${column}`),
  };
}
