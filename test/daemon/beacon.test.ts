import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { Beacon } from "../../src/daemon/beacon.ts";
import type { HeartbeatSettings } from "../../src/model/policy.ts";
import type { Cleanup } from "../helpers/database.ts";
import { startServer } from "../helpers/http-server.ts";
import { EventLog, testProject } from "../helpers/project.ts";
import { waitUntil } from "../helpers/wait-until.ts";

type Target = HeartbeatSettings["target"];

/** A beacon with a clock that does as `clock` says when it looks. */
async function beaconFor(t: Cleanup, target: Target | null, everyMs = 20) {
  const made: Beacon[] = [];
  // It writes into the project: it ends before that is removed.
  t.after(async () => void (await Promise.all(made.map((beacon) => beacon.stop()))));
  const project = await testProject(t, "jobs: {}\n");
  const events = new EventLog();
  const settings: { now: HeartbeatSettings | null } = {
    now: target === null ? null : { target, everyMs },
  };
  const steps = new EventEmitter();
  const beacon = new Beacon({
    settings: () => {
      steps.emit("step");
      return settings.now;
    },
    configFile: project.configFile,
    nodeId: () => "node-1",
    emit: (event) => events.add(event),
  });
  made.push(beacon);
  const clock = { works: true };
  const look = beacon.watch(async () => {
    if (!clock.works) throw new Error("the database is away");
    return 5;
  });
  /** A whole step of it has passed: it began after this was asked for, and the next one after it. */
  const pass = async (): Promise<void> => {
    for (let begun = 0; begun < 2; begun += 1) {
      const begins = once(steps, "step");
      beacon.wake();
      await begins;
    }
  };
  const folder = join(project.configFile, "..");
  return { project, events, beacon, settings, clock, look, pass, folder };
}

const timeOf = (file: string): Promise<number> =>
  stat(file).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );

test("a file is written while the clock works, and only then", async (t) => {
  const target = { type: "file", file: "state/alive" } as const;
  const { look, clock, pass, folder } = await beaconFor(t, target);
  const file = join(folder, "state", "alive");
  await pass();
  assert.equal(await timeOf(file), 0, "the clock has not looked yet");
  assert.equal(await look(), 5, "the step is what it was");
  await waitUntil(async () => (await timeOf(file)) > 0, "it is written");
  assert.match(await readFile(file, "utf8"), /^\d{4}-\d\d-\d\dT\S+Z node-1\n$/);
  const first = await timeOf(file);
  await waitUntil(async () => (await timeOf(file)) > first, "it is written again");
  clock.works = false;
  await assert.rejects(look(), /the database is away/);
  await pass();
  const last = await timeOf(file);
  await pass();
  assert.equal(await timeOf(file), last, "it is not written any more");
  clock.works = true;
  await look();
  await waitUntil(async () => (await timeOf(file)) > last, "at once when the clock works again");
});

test("an address is asked with GET; it may be a secret of the node", async (t) => {
  const server = await startServer(t, 200);
  const { project, look } = await beaconFor(t, { type: "url", url: { file: "address.txt" } });
  await project.write("address.txt", `${server.url}/ping/1234\n`);
  await look();
  await server.until(2);
  const [request] = server.received;
  assert.deepEqual([request?.method, request?.path, request?.body], ["GET", "/ping/1234", ""]);
});

test("user and password of an address are sent as a header, and never told", async (t) => {
  const server = await startServer(t, 500);
  const { project, events, look } = await beaconFor(t, {
    type: "url",
    url: { file: "address.txt" },
  });
  await project.write("address.txt", server.url.replace("http://", "HTTP://ada:s3cretpw@"));
  await look();
  const told = await events.next("problem");
  assert.equal(told.message, "cannot show the heartbeat: the answer has status 500");
  const authorization = `Basic ${Buffer.from("ada:s3cretpw").toString("base64")}`;
  assert.equal(server.received[0]?.headers.authorization, authorization);
});

test("a sign of life that fails is a problem, told without the secret, and nothing more", async (t) => {
  const { project, events, look, settings, beacon, folder } = await beaconFor(t, {
    type: "url",
    url: { file: "address.txt" },
  });
  await project.write("address.txt", "not-an-address-but-a-secret");
  await look();
  const told = await events.next("problem");
  assert.match(told.message, /^cannot show the heartbeat: /);
  assert.doesNotMatch(told.message, /not-an-address-but-a-secret/);
  const server = await startServer(t, 500);
  settings.now = { target: { type: "url", url: server.url }, everyMs: 20 };
  beacon.wake();
  const refused = await events.next("problem");
  assert.equal(refused.message, "cannot show the heartbeat: the answer has status 500");
  settings.now = { target: { type: "file", file: "alive" }, everyMs: 20 };
  beacon.wake();
  await waitUntil(async () => (await timeOf(join(folder, "alive"))) > 0, "it goes on");
});

test("without the setting nothing is shown, until the file asks for it", async (t) => {
  const { look, settings, beacon, folder } = await beaconFor(t, null);
  await look();
  settings.now = { target: { type: "file", file: "alive" }, everyMs: 60_000 };
  beacon.wake();
  await waitUntil(async () => (await timeOf(join(folder, "alive"))) > 0, "it is written at once");
});
