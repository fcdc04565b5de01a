import { test } from "node:test";
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { loadConfig } from "../../src/source/load.ts";

test("a config with ten different mistakes has ten diagnostics at the right places", async () => {
  const loaded = await loadConfig({
    configFile: fileURLToPath(new URL("ten-mistakes/config.yaml", import.meta.url)),
    displayName: "config.yaml",
    nowMs: 0,
  });
  assert.equal(loaded.desired, null);
  assert.deepEqual(
    loaded.diagnostics.map(
      ({ line, column, endColumn, rule }) => `${line}:${column}-${endColumn} ${rule}`,
    ),
    [
      "4:15-26 yaml/unquoted",
      "7:15-32 schedule/cron",
      "8:13-27 plugin/not-found",
      "10:23-33 config/format",
      "12:5-11 config/unknown-key",
      "13:3-16 config/job-name",
      "16:45-58 schedule/timezone",
      "17:53-57 config/value",
      "19:14-17 config/type",
      "23:37-45 permissions/path",
    ],
  );
});
