import assert from "node:assert/strict";
import { spawn, type ChildProcess, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmod, chown, mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { text } from "node:stream/consumers";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { connect, type ConnectionAddress, type Database } from "../../src/store/connection.ts";
import { embeddedStatus, openEmbedded, stopEmbedded } from "../../src/store/embedded.ts";
import { temporaryDirectory } from "../helpers/test-server.ts";
import { waitUntil } from "../helpers/wait-until.ts";

const isRoot = process.getuid?.() === 0;
/** Becoming another user needs root, and a checkout that the other user can enter. */
const notForOthers =
  !isRoot ||
  (spawnSync(process.execPath, ["--version"], { uid: 65_534, gid: 65_534 }).status !== 0 &&
    "the checkout is in a folder that only root can enter");
const CHILD = fileURLToPath(new URL("./embedded-child.ts", import.meta.url));

test("a server is created, started again warm, and stopped by its last user", async (t) => {
  const options = await embeddedDirectory(t);
  const started = performance.now();
  {
    await using server = await openEmbedded(options);
    await using database = await connectTo(server.connection);
    t.diagnostic(`cold: ${Math.round(performance.now() - started)} ms`);
    assert.equal(server.adopted, false);
    await database.query("create table kept (value text)");
    await database.query("insert into kept values ('here')");
  }
  assert.equal((await embeddedStatus(options)).pid, null);
  const restarted = performance.now();
  await using server = await openEmbedded(options);
  await using database = await connectTo(server.connection);
  assert.deepEqual(await database.query("select value from kept"), [{ value: "here" }]);
  t.diagnostic(`warm: ${Math.round(performance.now() - restarted)} ms`);
});

test("a second process adopts the server, and only the last one out stops it", async (t) => {
  const options = await embeddedDirectory(t);
  const first = await startChild(t, options.stateDir);
  const { pid } = await embeddedStatus(options);
  const second = await startChild(t, options.stateDir);
  assert.deepEqual([first.adopted, second.adopted], [false, true]);
  await first.leave();
  assert.equal((await embeddedStatus(options)).pid, pid);
  await second.leave();
  assert.equal((await embeddedStatus(options)).pid, null);
});

test("five processes that start at once get one server", async (t) => {
  const options = await embeddedDirectory(t);
  const children = await Promise.all(
    Array.from({ length: 5 }, () => startChild(t, options.stateDir)),
  );
  assert.equal(children.filter((child) => !child.adopted).length, 1);
  await Promise.all(children.map((child) => child.leave()));
  assert.equal((await embeddedStatus(options)).pid, null);
});

test("the server outlives a killed process and is adopted with its data", async (t) => {
  const options = await embeddedDirectory(t);
  const child = await startChild(t, options.stateDir);
  {
    await using database = await connectTo(child.connection);
    await database.query("create table kept (value text)");
  }
  await child.kill();
  await using server = await openEmbedded(options);
  await using database = await connectTo(server.connection);
  assert.equal(server.adopted, true);
  assert.deepEqual(await database.query("select from kept"), []);
});

test("a killed server comes back for those who have it open", async (t) => {
  const options = await embeddedDirectory(t);
  await using server = await openEmbedded(options);
  await using database = await connectTo(server.connection);
  const { pid } = await embeddedStatus(options);
  process.kill(pid ?? 0, "SIGKILL");
  // The kernel ends a process after the signal was sent, and its children answer for a moment longer.
  await waitUntil(async () => {
    await database.query("select 1", [], { idempotent: true });
    const now = await embeddedStatus(options);
    return now.pid !== null && now.pid !== pid;
  }, "for another server");
  await waitForAttachments(database, 1);
  // The attachment is held again: another process that leaves does not stop the server.
  await (await startChild(t, options.stateDir)).leave();
  await database.query("select 1", [], { idempotent: true });
});

test("a pid file left behind, whose pid is another process now, is survived", async (t) => {
  const options = await embeddedDirectory(t);
  await (await startChild(t, options.stateDir)).leave();
  const { directory } = await embeddedStatus(options);
  const data = join(directory, "server", "data");
  // Of the same user: another user's process would not mislead PostgreSQL.
  const { uid, gid } = await stat(data);
  const stranger = spawn("sleep", ["600"], isRoot ? { uid, gid } : {});
  t.after(() => stranger.kill());
  const lines = [stranger.pid, data, 1, 5432, join(directory, "server"), "", "1 1", "ready   ", ""];
  await writeFile(join(data, "postmaster.pid"), lines.join("\n"));
  await using server = await openEmbedded(options);
  await using database = await connectTo(server.connection);
  await database.query("select 1");
  assert.equal(stranger.exitCode, null);
});

test("nobody stops the server while it is still needed", async (t) => {
  const options = await embeddedDirectory(t);
  const needed = await openEmbedded({ ...options, mayStop: () => Promise.resolve(false) });
  assert.equal(await stopEmbedded({ ...options, mayStop: allow }), "in_use");
  await needed[Symbol.asyncDispose]();
  assert.notEqual((await embeddedStatus(options)).pid, null);
  assert.equal(await stopEmbedded({ ...options, mayStop: allow }), "stopped");
  assert.equal(await stopEmbedded({ ...options, mayStop: allow }), "not_running");
});

test("data of another major version is refused with the way to move it", async (t) => {
  const options = await embeddedDirectory(t);
  await (await startChild(t, options.stateDir)).leave();
  const { directory } = await embeddedStatus(options);
  await writeFile(join(directory, "server", "data", "PG_VERSION"), "17\n");
  await assert.rejects(openEmbedded(options), {
    code: "unsupported",
    message: /is of PostgreSQL 17/,
    help: /cronverge db export.*cronverge db import/,
  });
});

test("a project with a long path gets its socket elsewhere", async (t) => {
  const { stateDir } = await embeddedDirectory(t);
  const options = { stateDir: join(stateDir, "x".repeat(100)), root: stateDir };
  await using server = await openEmbedded(options);
  await using database = await connectTo(server.connection);
  await database.query("select 1");
  t.after(() => rm(server.connection.host, { recursive: true, force: true }));
  assert.equal((await stat(server.connection.host)).mode & 0o777, 0o700);
});

test("root whose home is closed keeps the data elsewhere", { skip: !isRoot }, async (t) => {
  const options = await embeddedDirectory(t);
  await chmod(options.stateDir, 0o700);
  const { directory } = await embeddedStatus(options);
  t.after(() => rm(directory, { recursive: true, force: true }));
  assert.match(directory, /^\/var\/lib\/cronverge\/[0-9a-f]{12}$/);
  await using server = await openEmbedded(options);
  await using database = await connectTo(server.connection);
  // The server itself has none of root's rights.
  await assert.rejects(database.query("select pg_read_file('/etc/shadow')"), /Permission denied/);
  assert.match(await readFile(join(directory, "project"), "utf8"), new RegExp(options.root));
});

test("an ordinary user runs it as themselves", { skip: notForOthers }, async (t) => {
  const options = await embeddedDirectory(t);
  const home = join(options.stateDir, "home");
  await mkdir(home);
  await chown(home, NOBODY, NOBODY);
  const child = await startChild(t, home, NOBODY);
  assert.equal(child.adopted, false);
  assert.equal((await stat(join(home, "postgres", "server", "password"))).mode & 0o777, 0o600);
  // Root adopts the server of another user as that user.
  await using server = await openEmbedded({ stateDir: home, root: home });
  assert.equal(server.adopted, true);
  await child.leave();
});

test("a user without a name is told what to do", { skip: notForOthers }, async (t) => {
  const options = await embeddedDirectory(t);
  const home = join(options.stateDir, "home");
  await mkdir(home);
  await chown(home, 54_321, 54_321);
  const { report } = spawnChild(t, home, 54_321);
  const failure = await report;
  assert.equal(failure["code"], "unsupported");
  assert.match(String(failure["message"]), /has no name on this machine/);
  assert.match(String(failure["help"]), /set database\.url/);
});

test("root that may not become another user is told what to do", { skip: !isRoot }, async (t) => {
  const { stateDir } = await embeddedDirectory(t);
  const dropped = "-setuid,-setgid";
  const flags = [`--bounding-set=${dropped}`, `--inh-caps=${dropped}`, process.execPath];
  const child = spawn("setpriv", [...flags, CHILD, stateDir]);
  const failure = JSON.parse(await text(child.stdout));
  assert.equal(failure.code, "unsupported");
  assert.match(failure.message, /root may not become another user/);
});

const NOBODY = 65_534;

function allow(): Promise<boolean> {
  return Promise.resolve(true);
}

/** A directory whose server is stopped and whose files are removed when the test ends. */
async function embeddedDirectory(t: TestContext): Promise<{ stateDir: string; root: string }> {
  const stateDir = await temporaryDirectory();
  const options = { stateDir, root: stateDir };
  t.after(async () => {
    const { pid } = await embeddedStatus(options);
    if (pid !== null) process.kill(pid, "SIGQUIT");
    await rm(stateDir, { recursive: true, force: true, maxRetries: 20 });
  });
  return options;
}

function connectTo(url: ConnectionAddress): Promise<Database> {
  const options = { schema: "public", applicationName: "test", maxConnections: 2 };
  return connect({ ...options, url, pooled: false });
}

/** Returns when so many connections hold the lock of those who use the server. */
async function waitForAttachments(database: Database, count: number): Promise<void> {
  const held =
    "select from pg_locks where locktype = 'advisory' and mode = 'ShareLock' and granted";
  // A server that was just killed may reset one more connection.
  const repeat = { idempotent: true };
  while ((await database.query(held, [], repeat)).length !== count)
    await database.query("select pg_sleep(0.01)", [], repeat);
}

interface Child {
  adopted: boolean;
  connection: ConnectionAddress;
  leave(): Promise<void>;
  kill(): Promise<void>;
}

async function startChild(t: TestContext, stateDir: string, uid?: number): Promise<Child> {
  const { child, report } = spawnChild(t, stateDir, uid);
  const { adopted, connection } = await report;
  assert.equal(typeof adopted, "boolean", JSON.stringify(await report));
  const exited = once(child, "exit");
  return {
    adopted: adopted === true,
    connection: connection as ConnectionAddress,
    async leave() {
      child.stdin?.end();
      assert.deepEqual(await exited, [0, null]);
    },
    async kill() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}

function spawnChild(
  t: TestContext,
  stateDir: string,
  uid?: number,
): { child: ChildProcess; report: Promise<Record<string, unknown>> } {
  const child = spawn(process.execPath, [CHILD, stateDir], {
    stdio: ["pipe", "pipe", "inherit"],
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  t.after(() => child.kill("SIGKILL"));
  const lines = createInterface({ input: child.stdout });
  return { child, report: once(lines, "line").then(([line]) => JSON.parse(line)) };
}
