/** The rows of each table as outputs show them, and how many that are in all. */
export function tableCounts(rows: Readonly<Record<string, number>>): {
  tables: { table: string; rows: number }[];
  total_rows: number;
} {
  const tables = Object.entries(rows).map(([table, count]) => ({ table, rows: count }));
  return { tables, total_rows: tables.reduce((total, { rows: count }) => total + count, 0) };
}
