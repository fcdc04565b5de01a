import assert from "node:assert/strict";
import { test } from "node:test";
import { checkUnreachable } from "../../src/cli/doctor/database.ts";
import { SchedulerError } from "../../src/model/errors.ts";
import { connect } from "../../src/store/connection.ts";
import { readDoctorFacts } from "../../src/store/doctor-facts.ts";
import { fillOddly } from "../helpers/archive-fill.ts";
import { emptyDatabase, moveSchedule } from "../helpers/archive-move.ts";
import { everyRow } from "../helpers/archive-rows.ts";
import { testDatabase } from "../helpers/database.ts";
import { NO_POOLER, startPooler } from "../helpers/pooler.ts";

test("a schedule is moved through a pooler, which doctor finds", { skip: NO_POOLER }, async (t) => {
  const { database, address } = await testDatabase(t);
  await fillOddly(database);
  const given = { schema: "cronverge", applicationName: "test", maxConnections: 4 };
  const pooler = await startPooler(t, address);
  await assert.rejects(connect({ ...given, url: pooler, pooled: false }), (error) => {
    assert.ok(error instanceof SchedulerError);
    assert.equal(checkUnreachable(error).check, "database-pooler");
    return true;
  });
  const pooled = await connect({ ...given, url: pooler, pooled: true });
  t.after(async () => pooled[Symbol.asyncDispose]());
  assert.equal((await readDoctorFacts(pooled)).foreignSession, false);
  assert.equal((await readDoctorFacts(database)).foreignSession, false);
  const { database: target } = await emptyDatabase(t);
  await moveSchedule(t, { from: pooled, to: target });
  assert.deepEqual(await everyRow(target), await everyRow(database));
});
