import { createHash, randomUUIDv7 } from "node:crypto";
import type { JobSpec } from "../model/job.ts";
import { jobKey, scheduleText } from "../model/job.ts";
import { canonicalJson } from "../model/json.ts";
import type { Database, Transaction } from "./connection.ts";
import type { PluginCode } from "./registrations.ts";
import { nextNumber } from "./versions.ts";

/**
 * Gives a job that nobody declares a row, so that it can be run by hand and has a history. The row
 * counts as removed: neither the clock nor a plan sees it, and a job that is declared by this name
 * later takes it over. A job that is registered meanwhile is left as it is. Returns its id.
 */
export async function upsertAdHocJob(
  db: Database,
  job: { spec: JobSpec; code: PluginCode | null },
): Promise<string> {
  return db.transaction(
    async (tx) => {
      const { id, removed } = await upsertRow(tx, job.spec);
      if (removed && job.code !== null) await pointAtCode(tx, id, job.code);
      return id;
    },
    { idempotent: true },
  );
}

async function upsertRow(
  tx: Transaction,
  spec: JobSpec,
): Promise<{ id: string; removed: boolean }> {
  const text = canonicalJson(spec);
  await tx.query(
    `insert into scheduled_jobs (id, job_name, schedule, enabled, spec, spec_hash, removed_at)
     values ($1, $2, $3, false, $4::text::jsonb, $5, clock_timestamp())
     on conflict (name_key) do update
        set spec = excluded.spec, spec_hash = excluded.spec_hash, schedule = excluded.schedule,
            version_id = null, updated_at = clock_timestamp()
      where scheduled_jobs.removed_at is not null`,
    [
      randomUUIDv7(),
      spec.name,
      scheduleText(spec.schedule),
      text,
      createHash("sha256").update(text).digest("hex"),
    ],
  );
  const [row] = await tx.query<{ id: string; removed: boolean }>(
    "select id, removed_at is not null as removed from scheduled_jobs where name_key = $1 for update",
    [jobKey(spec.name)],
  );
  if (row === undefined) throw new Error("the row that was just written is not there");
  await tx.query(
    `insert into job_clock (job_id, anchor) values ($1, clock_timestamp())
     on conflict (job_id) do nothing`,
    [row.id],
  );
  return row;
}

async function pointAtCode(tx: Transaction, jobId: string, code: PluginCode): Promise<void> {
  await tx.query(
    "insert into job_code (sha256, code, map) values ($1, $2, $3) on conflict do nothing",
    [code.sha256, code.code, code.map],
  );
  await tx.query(
    `insert into job_versions (id, job_id, number, sha256)
     select $1, $2, ${nextNumber("$2")}, $3
     on conflict (job_id, sha256) do nothing`,
    [randomUUIDv7(), jobId, code.sha256],
  );
  await tx.query(
    `update scheduled_jobs set version_id = v.id
       from job_versions v where scheduled_jobs.id = $1 and v.job_id = $1 and v.sha256 = $2`,
    [jobId, code.sha256],
  );
}
