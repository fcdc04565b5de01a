import { json, type Database } from "../../src/store/connection.ts";

/** Texts by which a careless copy is found out. */
export const ODD_TEXTS: readonly string[] = [
  "",
  "\\N",
  "\\.",
  "a\tb\nc\rd\\n\\\\ e\bf\f\v",
  "ünïcödé — 😀 \u{10ffff} \u0001\u007f\u2028",
  `quotes " ' { } , NULL $1`,
];

/** Rows of every kind that a schedule leaves behind, with every type in its odd values. */
export async function fillOddly(database: Database): Promise<void> {
  const [revision] = await database.query<{ id: number }>(
    `insert into config_revisions (config_hash, source, config_file, settings, summary, applied_by, git_dirty, applied_at)
     values ('h', $1, '/nowhere/config.yaml', $2::jsonb, 'null', 'me', true, '2026-03-29 01:59:59.999+00')
     returning id`,
    [ODD_TEXTS.join("\n"), json({ odd: ODD_TEXTS, n: 1e300, deep: [[[]]] })],
  );
  await database.query("insert into job_code values ('abc', $1, '')", [ODD_TEXTS.join("|")]);
  await database.query(
    `insert into job_versions (id, job_id, number, sha256, revision_id)
     values ('v1', 'j1', '1.0.0', 'abc', $1)`,
    [revision?.id ?? 0],
  );
  await database.query(
    `insert into scheduled_jobs (id, job_name, schedule, spec, spec_hash, version_id, revision_id,
                                 former_names, metadata, override_enabled, override_by, override_at)
     values ('j1', 'odd-job', '* * * * *', $1::jsonb, 'x', 'v1', $2, $3::text[], '{"a": null}',
             false, 'me', '1999-12-31 23:59:59.001+00')`,
    [json({ name: "odd-job", retry: { attempts: 1 } }), revision?.id ?? 0, [...ODD_TEXTS]],
  );
  await database.query(
    `insert into job_clock (job_id, next_run, next_effective, generation, anchor)
     values ('j1', '2026-01-01 00:00:00.123+00', '2026-01-01 00:00:01.456+00', 9007199254740993, 'epoch')`,
  );
  await database.query("select nextval('fence_seq') from generate_series(1, 41)");
  await database.query(EXECUTIONS, [[...ODD_TEXTS]]);
  await database.query(
    "insert into logs (level, module, message, metadata) select 'INFO', 'm', t, to_jsonb(t) from unnest($1::text[]) t",
    [[...ODD_TEXTS]],
  );
  await database.query(
    `insert into nodes (id, host, pid, version, concurrency, lease_until, reload_error)
     values ('n1', 'elsewhere', 1, '0.1.0', 4, clock_timestamp() - interval '1 hour', '[{"a": 1}]')`,
  );
}

/** Ended, waiting and running ones; a JSON null is no NULL. */
const EXECUTIONS = `
insert into executions (id, job_id, job_name, trigger, scheduled_for, available_at, status, fence,
                        node_id, started_at, result, message, error, duration_ms, trace_id)
select 'e' || n, 'j1', 'odd-job', 'schedule', timestamptz 'epoch' + n * interval '1001 ms', 'epoch',
       case n when 1 then 'running' when 2 then 'pending' else 'success' end,
       case n when 2 then null else n end, case n when 1 then 'n1' end, case n when 1 then timestamptz 'epoch' end,
       case n % 2 when 0 then 'null'::jsonb end, t, nullif(t, ''), -9223372036854775808, 't'
  from unnest($1::text[]) with ordinality as odd(t, n)`;
