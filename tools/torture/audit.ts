import type { ExecutionStatus } from "../../src/model/execution.ts";
import type { Database } from "../../src/store/connection.ts";
import type { RowState, Transition } from "../history/transitions.ts";
import { SCHEMA } from "./server.ts";

/** Has the database itself write down what becomes of every execution, beside the product. */
export async function installAudit(database: Database): Promise<void> {
  await database.transaction((tx) => tx.script(AUDIT));
}

/** All that it wrote down, the oldest first. */
export async function readAudit(database: Database): Promise<Transition[]> {
  const rows = await database.query<AuditRow>(
    `select execution_id, job_name, extract(epoch from at)::float8 * 1000 as at_ms, record_changed,
            old_status, old_fence, old_node, old_attempt, new_status, new_fence, new_node, new_attempt
       from torture.audit order by id`,
    [],
    { idempotent: true },
  );
  return rows.map((row) => ({
    executionId: row.execution_id,
    jobName: row.job_name,
    atMs: row.at_ms,
    before: state(row.old_status, row.old_fence, row.old_node, row.old_attempt),
    after: state(row.new_status, row.new_fence, row.new_node, row.new_attempt),
    recordChanged: row.record_changed,
  }));
}

interface AuditRow {
  execution_id: string;
  job_name: string;
  at_ms: number;
  record_changed: boolean;
  old_status: ExecutionStatus | null;
  old_fence: number | null;
  old_node: string | null;
  old_attempt: number | null;
  new_status: ExecutionStatus | null;
  new_fence: number | null;
  new_node: string | null;
  new_attempt: number | null;
}

function state(
  status: ExecutionStatus | null,
  fence: number | null,
  ...[nodeId, attempt]: [string | null, number | null]
): RowState | null {
  return status === null ? null : { status, fence, nodeId, attempt: attempt ?? 0 };
}

const RECORD = ["status", "reason", "attempt", "fence", "node_id", "started_at", "finished_at"]
  .concat(["exit_code", "signal", "message", "error", "errors", "result"])
  .map((column) => `%.${column}`)
  .join(", ");

const recordOf = (row: string): string => `(${RECORD.replaceAll("%", row)})`;

const AUDIT = `
create schema torture;
create table torture.audit (
  id bigint generated always as identity primary key,
  at timestamptz not null default clock_timestamp(),
  execution_id text not null,
  job_name text not null,
  record_changed boolean not null,
  old_status text, old_fence bigint, old_node text, old_attempt integer,
  new_status text, new_fence bigint, new_node text, new_attempt integer
);
create function torture.write_audit() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    insert into torture.audit (execution_id, job_name, record_changed,
                               new_status, new_fence, new_node, new_attempt)
    values (new.id, new.job_name, true, new.status, new.fence, new.node_id, new.attempt);
  elsif tg_op = 'DELETE' then
    insert into torture.audit (execution_id, job_name, record_changed,
                               old_status, old_fence, old_node, old_attempt)
    values (old.id, old.job_name, true, old.status, old.fence, old.node_id, old.attempt);
  else
    insert into torture.audit (execution_id, job_name, record_changed,
                               old_status, old_fence, old_node, old_attempt,
                               new_status, new_fence, new_node, new_attempt)
    values (new.id, new.job_name, ${recordOf("old")} is distinct from ${recordOf("new")},
            old.status, old.fence, old.node_id, old.attempt,
            new.status, new.fence, new.node_id, new.attempt);
  end if;
  return null;
end $$;
create trigger torture_audit after insert or update or delete on ${SCHEMA}.executions
  for each row execute function torture.write_audit();
`;
