import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { testDatabase } from "../helpers/database.ts";
import { applyJobs, commandJob, rewindClock } from "../helpers/desired.ts";
import { sleepers, startRacer, Witness } from "../helpers/race.ts";

const HOURS = 28;
const MEBIBYTE = 1_048_576;

test("after 28 hours without a scheduler all is accounted, and no other job is late", async (t) => {
  const { database } = await testDatabase(t);
  const run = { type: "builtin", builtin: "log-cleanup" } as const;
  const parameters = { ms: 0, fails: 0, counts: "all" };
  const every = (everyMs: number) => ({ schedule: { type: "interval", everyMs } as const });
  await applyJobs(database, [
    commandJob("long-away", { run, parameters, ...every(1_000) }),
    commandJob("prompt", { run, parameters, ...every(250) }),
  ]);
  const first = new Date(Math.floor(Date.now() / 1_000) * 1_000 - HOURS * 3_600_000);
  await rewindClock(database, "long-away", first);
  const before = process.memoryUsage().rss;
  let peak = before;
  const sampling = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 20);
  t.after(() => clearInterval(sampling));
  const builtins = sleepers(new Witness());
  const racer = await startRacer(t, { database, concurrency: 4, builtins });

  let next = first;
  while (Date.now() - next.getTime() > 1_000) {
    await sleep(20);
    const [row] = await database.query<{ next: Date }>(
      `select next_run as next from job_clock
        where job_id = (select id from scheduled_jobs where job_name = 'long-away')`,
    );
    assert.ok(row);
    next = row.next;
  }
  await racer.stopClock();
  const grownBytes = peak - before;

  const [account] = await database.query<{ rows: number; covered: number; until: Date }>(
    `select count(*) as rows, sum(covers_count)::bigint as covered,
            max(coalesce(covers_until, scheduled_for)) as until
       from executions where job_name = 'long-away'`,
  );
  assert.ok(account);
  const due = (account.until.getTime() - first.getTime()) / 1_000 + 1;
  assert.ok(due >= HOURS * 3_600);
  assert.equal(account.covered, due, "each second has its record");
  assert.ok(account.rows < 60, `${account.rows} rows`);
  const [late] = await database.query<{ ms: number; rows: number }>(
    `select count(*) as rows, max(extract(epoch from created_at - due_at) * 1000)::float8 as ms
       from executions where job_name = 'prompt'`,
  );
  assert.ok(late && late.rows > 0 && late.ms <= 5_000, `${late?.ms} ms late`);
  assert.ok(grownBytes < 64 * MEBIBYTE, `${Math.round(grownBytes / MEBIBYTE)} MiB more`);
  const grown = `${Math.round(grownBytes / MEBIBYTE)} MiB more`;
  t.diagnostic(`${due} occurrences in ${account.rows} rows, ${grown}, ${late.ms} ms late at most`);
});
