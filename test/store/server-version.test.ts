import assert from "node:assert/strict";
import { test } from "node:test";
import { checkServerVersion, oldServerProblem } from "../../src/store/server-version.ts";
import { testDatabase } from "../helpers/database.ts";

test("a server older than 15 is refused with its version and what to do", () => {
  const refused = [90624, 100023, 140022, 149999].map((version) => oldServerProblem(version));
  assert.deepEqual(
    refused.map((problem) => problem?.message),
    ["9.6.24", "10.23", "14.22", "14.9999"].map(
      (name) => `the database server is PostgreSQL ${name}, and Cronverge needs 15 or newer`,
    ),
  );
  for (const problem of refused) {
    assert.equal(problem?.code, "unsupported");
    assert.match(problem?.help ?? "", /upgrade the server, set database\.url/);
  }
});

test("15 and what comes after it is not refused", async (t) => {
  assert.deepEqual(
    [150_000, 150_018, 180_004, 190_000].map((version) => oldServerProblem(version)),
    [null, null, null, null],
  );
  const { database } = await testDatabase(t);
  await checkServerVersion(database);
});
