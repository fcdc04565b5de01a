import { test } from "node:test";
import { renderDatabaseStatus, type DatabaseStatusData } from "../../src/views/db-status.ts";
import { renderExport, renderImport, renderMigrate } from "../../src/views/db-transfer.ts";
import type { NodeItem } from "../../src/views/nodes.ts";
import { assertGolden, plain, tagged } from "../helpers/golden.ts";

const NODE: NodeItem = {
  id: "n1",
  host: "night\u001b[1m",
  pid: 12,
  role: "all",
  version: "0.1.0",
  concurrency: 4,
  state: "live",
  live: true,
  revision: 1,
  config_file: null,
  started_at: "2026-11-20T02:00:00.000Z",
  reload_failed_at: null,
  reload_diagnostics: [],
};

const EMBEDDED: DatabaseStatusData = {
  kind: "embedded",
  address: null,
  directory: null,
  exists: false,
  running: false,
  pid: null,
  server_version: null,
  schema: "cronverge",
  schema_version: null,
  program_schema_version: 3,
  project: null,
  config_project: null,
  size_bytes: null,
  tables: [],
  connections: null,
  nodes: [],
};

const STOPPED: DatabaseStatusData = {
  ...EMBEDDED,
  directory: "/srv/app/.cronverge/postgres/server",
  exists: true,
  server_version: "18",
};

const EXTERNAL: DatabaseStatusData = {
  ...EMBEDDED,
  kind: "external",
  address: "postgres://app@db.example:5432/app",
  exists: true,
  running: true,
  server_version: "15.18",
  schema_version: 2,
  project: "billing",
  config_project: "shop",
  size_bytes: 123_456_789,
  tables: [
    { name: "executions", bytes: 98_765_432, rows: 100_000 },
    { name: "logs", bytes: 8_192, rows: null },
  ],
  connections: { used: 12, allowed: 97 },
  nodes: [NODE],
};

test("which database it is", () => {
  const newer = { ...EXTERNAL, schema_version: 4, project: "shop", tables: [], nodes: [] };
  const running = { ...STOPPED, running: true, pid: 7, schema_version: 3 };
  const text = [EMBEDDED, STOPPED, running, EXTERNAL, newer]
    .map((data) => renderDatabaseStatus(data, tagged))
    .join("\n");
  assertGolden("db-status.txt", text);
});

test("what was migrated, exported and imported", () => {
  const counts = {
    tables: [
      { table: "executions", rows: 100_000 },
      { table: "logs", rows: 1 },
    ],
    total_rows: 100_001,
  };
  const about = {
    file: "/srv/schedule.gz",
    exported_at: "2026-11-20T02:00:00.000Z",
    live: true,
    program: "0.1.0",
    server_version: "18.4",
    schema: "cronverge",
    schema_version: 3,
    project: "billing",
    ...counts,
  };
  const migration = {
    schema: "cronverge",
    from: 1,
    to: 3,
    migrations: [
      { version: 2, name: "revision-changes" },
      { version: 3, name: "policies" },
    ],
    dry_run: true,
    nodes: [NODE],
  };
  const options = { color: plain, shownFile: "schedule.gz" };
  const text = [
    renderMigrate(migration, plain),
    renderMigrate({ ...migration, dry_run: false, from: 0, nodes: [] }, plain),
    renderMigrate({ ...migration, migrations: [] }, plain),
    renderExport({ ...about, bytes: 9_400_000, left_out: ["strangers"] }, options),
    renderImport({ ...about, exported_schema_version: 2, migrated: [3] }, options),
    renderImport({ ...about, live: false, exported_schema_version: 3, migrated: [] }, options),
  ].join("\n");
  assertGolden("db-transfer.txt", text);
});
