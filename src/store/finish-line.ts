/**
 * Writes the lines that say how executions ended, those of the rows of `source` (id, job_name, trace_id,
 * line_at, line_level, line), which may have none: with the end itself, so that there is neither without
 * the other.
 */
export function endLineRows(source: string): string {
  return `
end_lines as (
  insert into logs (timestamp, level, module, message, job_name, execution_id, trace_id)
  select line_at, upper(line_level), 'scheduler', line, job_name, id, trace_id
    from ${source} where line is not null)`;
}
