import assert from "node:assert/strict";
import { test } from "node:test";
import { checkDatabase } from "../../src/cli/doctor/database.ts";
import { checkJobs } from "../../src/cli/doctor/jobs.ts";
import { connect } from "../../src/store/connection.ts";
import { readDoctorFacts } from "../../src/store/doctor-facts.ts";
import { testDatabase } from "../helpers/database.ts";
import { applyJobs, commandJob } from "../helpers/desired.ts";

const WISHES = { embedded: false, pooled: false, project: "mine", liveNodes: 0 };

const SOUND = {
  fsync: "on",
  synchronous_commit: "on",
  full_page_writes: "on",
  idle_session_timeout: "0",
  transaction_timeout: "0",
};

test("what is wrong with a database and its jobs is found there", async (t) => {
  const { database, address } = await testDatabase(t);
  const names = ["crashed", "paused", "forgotten", "recent", "late", "well"];
  await applyJobs(
    database,
    names.map((name) => commandJob(name)),
  );
  const well = await readDoctorFacts(database);
  // A server for tests may sync nothing.
  const unwell = checkDatabase({ ...well, settings: SOUND }, WISHES);
  assert.deepEqual(
    unwell.filter(({ level }) => level !== "ok"),
    [],
  );
  assert.deepEqual(
    checkJobs(well.jobs ?? assert.fail(), { clockLives: true }).map(({ level }) => level),
    ["ok"],
  );

  await database.query(
    `update scheduled_jobs set runtime_status = 'crashed',
            crashed = case job_name when 'crashed' then 'no such file' end,
            paused_at = case job_name when 'paused' then clock_timestamp() end
      where job_name in ('crashed', 'paused')`,
  );
  await database.query(
    `update scheduled_jobs set override_enabled = false, enabled = false, override_by = 'me',
            override_at = clock_timestamp()
              - case job_name when 'forgotten' then 40 else 1 end * interval '1 day'
      where job_name in ('forgotten', 'recent')`,
  );
  await database.query(
    `update job_clock set next_effective = clock_timestamp() - interval '2 minutes'
      where job_id = (select id from scheduled_jobs where job_name = 'late')`,
  );
  await database.query(
    `insert into executions (id, job_id, job_name, trigger, available_at, status, trace_id)
     select 'w', id, 'well', 'manual', clock_timestamp() - interval '1 hour', 'pending', 't'
       from scheduled_jobs where job_name = 'well'`,
  );
  await database.query(
    "insert into scheduler_state values ('project', 'theirs'), ('zone_data', '2031a')",
  );
  await database.query("create table strangers ()");
  for (const setting of ["synchronous_commit = off", "idle_session_timeout = 60000"]) {
    await database.query(`alter database ${address.database} set ${setting}`);
  }
  const options = { schema: "cronverge", applicationName: "test", maxConnections: 1 };
  await using again = await connect({ ...options, url: address, pooled: false });
  const facts = await readDoctorFacts(again);
  const found = [
    ...checkDatabase(facts, WISHES),
    ...checkJobs(facts.jobs ?? assert.fail(), { clockLives: true }),
  ];
  assert.deepEqual(
    found.flatMap(({ level, check }) => (level === "ok" ? [] : [`${level} ${check}`])),
    [
      "wrong database-project",
      "hint database-schema-shared",
      "wrong database-durability",
      "hint database-timeouts",
      "wrong jobs-crashed",
      "wrong jobs-paused",
      "wrong jobs-overdue",
      "hint jobs-waiting",
      "hint jobs-overrides",
    ],
  );
  assert.equal(facts.zoneData, "2031a");
  assert.equal(facts.jobs?.disabled, 2);

  await again.query(
    "insert into schema_migrations (version, name, checksum) values (9999, 'later', '')",
  );
  const newer = await readDoctorFacts(again);
  assert.equal(newer.migrationProblem?.code, "schema_newer");
  assert.equal(newer.jobs, null, "what a newer schema means is not guessed");
});

test("a role without rights is told what to ask for", async (t) => {
  const { database, address } = await testDatabase(t);
  const role = `limited_${address.database}`;
  await database.query(`create role ${role} login password 'x'`);
  try {
    const url = { ...address, username: role, password: "x" };
    const options = { schema: "other", applicationName: "test", maxConnections: 1 };
    await using limited = await connect({ ...options, url, pooled: false });
    const facts = await readDoctorFacts(limited);
    const [finding] = checkDatabase(facts, WISHES).filter(({ level }) => level === "wrong");
    assert.equal(finding?.check, "database-rights");
    assert.match(finding.help ?? "", /create schema "other" authorization "limited_/);
  } finally {
    await database.query(`drop role ${role}`);
  }
});
