import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import type { DatabaseSession } from "../../src/execute/attempt-request.ts";
import { stopBundler } from "../../src/source/bundle.ts";
import { NO_PERMISSIONS, launcherFor, runJobCode, scratch } from "./attempt.ts";

test.after(() => stopBundler());

test("without a permission each access is denied and the line to add is named", async (t) => {
  const setup = { launcher: await launcherFor(t), folder: await scratch(t) };
  const cases: [code: string, error: RegExp][] = [
    [
      `import { readFileSync } from "node:fs"; export default () => readFileSync("data/x", "utf8")`,
      /permissions: \{read: \["\.\/data\/x"\]\}/,
    ],
    [
      `import { readFileSync } from "node:fs"; export default () => readFileSync("/etc/passwd", "utf8")`,
      /permissions: \{read: \["\/etc\/passwd"\]\}/,
    ],
    [
      `import { writeFileSync } from "node:fs"; export default () => writeFileSync("out", "x")`,
      /permissions: \{write: \["\.\/out"\]\}/,
    ],
    [
      `import { connect } from "node:net"; export default () => new Promise((_, reject) => connect(80, "127.0.0.1").on("error", reject))`,
      /permissions: \{net: true\}/,
    ],
    [`export default () => fetch("http://127.0.0.1:8099")`, /permissions: \{net: true\}/],
    [
      `import { lookup } from "node:dns/promises"; export default () => lookup("localhost")`,
      /permissions: \{net: true\}/,
    ],
    [
      `import { execFileSync } from "node:child_process"; export default () => execFileSync("ls")`,
      /permissions: \{run: true\}/,
    ],
    [
      `import { DatabaseSync } from "node:sqlite"; export default () => new DatabaseSync("/tmp/x")`,
      /no permission for it/,
    ],
    [
      `import { Worker } from "node:worker_threads"; export default () => void new Worker("1", { eval: true })`,
      /no permission for it/,
    ],
    [
      `import inspector from "node:inspector"; export default () => new inspector.Session().connect()`,
      /no permission for it/,
    ],
    [
      `import { WASI } from "node:wasi"; export default () => void new WASI({ version: "preview1" })`,
      /no permission for it/,
    ],
    [`export default () => process.dlopen({ exports: {} }, "/tmp/x.node")`, /no permission for it/],
    [
      `export default (ctx) => ctx.database("app").query("select 1")`,
      /permissions: \{database: \[app\]\}/,
    ],
  ];
  for (const [code, error] of cases) {
    const { outcome } = await runJobCode(code, setup);
    assert.equal(outcome.reason, "permission_denied", `${code}: ${outcome.error}`);
    assert.match(outcome.error ?? "", error, code);
    assert.match(outcome.error ?? "", /^it may not /, code);
  }
});

test("with the permission each access works", async (t) => {
  const folder = await scratch(t);
  const setup = { launcher: await launcherFor(t), folder };
  await mkdir(join(folder, "data"));
  await writeFile(join(folder, "data", "x"), "content");
  await mkdir(join(folder, "data2"));
  await writeFile(join(folder, "data2", "y"), "other");
  const server = createServer((socket) => socket.end("hi")).listen(0, "127.0.0.1");
  t.after(() => server.close());
  await new Promise((resolve) => server.once("listening", resolve));
  const address = server.address();
  const port = typeof address === "object" ? address?.port : 0;
  const { outcome } = await runJobCode(
    `import { readFileSync, writeFileSync, mkdirSync } from "node:fs";
     import { connect } from "node:net";
     import { execFileSync } from "node:child_process";
     export default async () => {
       mkdirSync("out/deep", { recursive: true });
       writeFileSync("out/deep/file", "w");
       writeFileSync("single.txt", "s");
       let denied = "";
       try { readFileSync("data2/y") } catch (error) { denied = error.code }
       const net = await new Promise((resolve) => connect(${port}, "127.0.0.1").on("data", (d) => resolve(String(d))));
       return { read: readFileSync("data/x", "utf8"), denied, net, run: execFileSync("/bin/echo", ["ran"], { encoding: "utf8" }) };
     };`,
    {
      ...setup,
      spec: {
        permissions: {
          ...NO_PERMISSIONS,
          net: true,
          run: true,
          read: ["./data"],
          write: ["./out", "./single.txt"],
        },
      },
    },
  );
  assert.equal(outcome.error, null);
  assert.deepEqual(outcome.result, {
    read: "content",
    denied: "ERR_ACCESS_DENIED",
    net: "hi",
    run: "ran\n",
  });
  assert.equal(await readFile(join(folder, "out/deep/file"), "utf8"), "w");
  assert.equal(await readFile(join(folder, "single.txt"), "utf8"), "s");
});

test("a granted database is served without a network, in and out of transactions", async (t) => {
  const setup = { launcher: await launcherFor(t), folder: await scratch(t) };
  const seen: string[] = [];
  const database = (name: string): DatabaseSession => ({
    query: async (text, parameters) => {
      seen.push(`${name}: ${text} ${JSON.stringify(parameters)}`);
      if (text === "bad") throw new Error("syntax error");
      return [{ n: 1 }];
    },
    begin: async () => ({
      query: async (text) => (seen.push(`tx: ${text}`), [{ n: 2 }]),
      commit: async () => void seen.push("commit"),
      rollback: async () => void seen.push("rollback"),
    }),
  });
  const { outcome } = await runJobCode(
    `export default async ({ database }) => {
       const sql = database("app");
       const rows = await sql\`select * from t where a = \${1} and b = \${new Date(0)}\`;
       const inside = await sql.begin(async (tx) => tx.query("update t"));
       await sql.begin(async (tx) => { await tx\`delete\`; throw new Error("no") }).catch(() => {});
       const bad = await sql.query("bad").catch((error) => error.message);
       await sql.begin(() => process.exit(0));
       return { rows, inside, bad };
     };`,
    { ...setup, database, spec: { permissions: { ...NO_PERMISSIONS, database: ["app"] } } },
  );
  assert.equal(outcome.reason, "no_result");
  assert.deepEqual(seen, [
    'app: select * from t where a = $1 and b = $2 [1,"1970-01-01T00:00:00.000Z"]',
    "tx: update t",
    "commit",
    "tx: delete",
    "rollback",
    "app: bad []",
    "rollback",
  ]);
});
