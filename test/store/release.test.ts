import assert from "node:assert/strict";
import { test } from "node:test";
import { claimPending } from "../../src/store/claims.ts";
import { overrideJob } from "../../src/store/overrides.ts";
import { releaseClaims } from "../../src/store/release.ts";
import { requestCancel } from "../../src/store/trigger.ts";
import { testDatabase } from "../helpers/database.ts";
import { applyJobs, commandJob } from "../helpers/desired.ts";
import { testNode } from "../helpers/node.ts";
import { triggerByHand } from "../helpers/runs.ts";

test("what is given back ends where somebody asked for that, or its job was removed, disabled or paused", async (t) => {
  const { database } = await testDatabase(t);
  await testNode(database, "one");
  const names = ["removed", "disabled", "paused", "stays", "by-hand", "asked"];
  await applyJobs(
    database,
    names.map((name) => commandJob(name)),
  );
  for (const name of names) await triggerByHand(database, name);
  await database.query("update executions set trigger = 'schedule' where job_name <> 'by-hand'");
  const claims = await claimPending(database, { nodeId: "one", limit: 16, only: null });
  assert.equal(claims.length, names.length);
  await applyJobs(
    database,
    names.slice(1).map((name) => commandJob(name, { enabled: name !== "disabled" })),
  );
  await overrideJob(database, "by-hand", { enabled: false, by: "ann", reason: null });
  await database.query("update scheduled_jobs set paused_at = now() where job_name = 'paused'");
  const asked = claims.find(({ jobName }) => jobName === "asked");
  const request = { id: asked?.id ?? "", by: "ann", reason: "cancel_requested" } as const;
  await requestCancel(database, request);
  await releaseClaims(database, claims);
  const rows = await database.query<{ word: string }>(
    `select concat_ws(' ', job_name, status, reason) as word from executions
      where holds_key = false or status = 'pending' order by job_name`,
  );
  assert.deepEqual(
    rows.map(({ word }) => word),
    [
      "asked cancelled cancel_requested",
      "by-hand pending",
      "disabled cancelled disabled",
      "paused cancelled paused",
      "removed cancelled removed",
      "stays pending",
    ],
  );
});
