import assert from "node:assert/strict";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { stopBundler } from "../../src/source/bundle.ts";
import { together } from "../helpers/together.ts";
import { launcherFor, runJobCode, scratch, type PluginRun } from "./attempt.ts";

test.after(() => stopBundler());

/** Runs each code as a job of its own, a few at a time, all by one launcher. */
async function runAll(
  t: TestContext,
  codes: Record<string, string>,
): Promise<Map<string, PluginRun>> {
  const [launcher, folder] = [await launcherFor(t), await scratch(t)];
  const runs = await together(Object.entries(codes), async ([name, code]) => {
    const run = await runJobCode(code, { launcher, folder: join(folder, name) });
    return [name, run] as const;
  });
  return new Map(runs);
}

/** A statement that breaks every method of a prototype. */
function breakAll(prototype: string): string {
  return `for (const name of Object.getOwnPropertyNames(${prototype})) {
    const { value, writable } = Object.getOwnPropertyDescriptor(${prototype}, name);
    if (typeof value === "function" && writable && name !== "constructor")
      ${prototype}[name] = () => { throw new Error(name) };
  }`;
}

const RETURNS = `export default ({ logger }) => { logger.info("said"); return { list: [1, 2] } };`;

test("a job may replace what it likes of its own process: its result and its lines still arrive", async (t) => {
  const runs = await runAll(t, {
    json: `JSON.stringify = () => "x"; JSON.parse = () => 7; ${RETURNS}`,
    date: `globalThis.Date = class { static now() { return NaN } }; ${RETURNS}`,
    instants: `Date.prototype.toISOString = () => "never"; Date.now = () => 0; ${RETURNS}`,
    fs: `import fs from "node:fs"; import { syncBuiltinESMExports } from "node:module";
      ${breakAll("fs")} syncBuiltinESMExports(); ${RETURNS}`,
    process: `process.kill = process.on = process.emit = () => true; globalThis.process = undefined; ${RETURNS}`,
    promise: `Promise.prototype.then = () => { throw new Error("then") }; globalThis.Promise = undefined; ${RETURNS}`,
    strings: `${breakAll("String.prototype")} ${RETURNS}`,
    iterator: `Array.prototype[Symbol.iterator] = () => { throw new Error("iterator") }; ${RETURNS}`,
    objects: `Object.keys = Object.assign = Object.fromEntries = null; ${RETURNS}`,
    reflect: `globalThis.Reflect = globalThis.Buffer = globalThis.AbortController = undefined; ${RETURNS}`,
    sockets: `import net from "node:net"; import stream from "node:stream";
      net.Socket.prototype.write = stream.Writable.prototype.write = () => false;
      net.Socket.prototype.ref = net.Socket.prototype.unref = null; ${RETURNS}`,
    events: `import events from "node:events"; events.prototype.emit = () => false; ${RETURNS}`,
    timers: `globalThis.setTimeout = globalThis.performance = null; ${RETURNS}`,
    frozen: `for (const kind of [Object, Array, Function, Promise]) Object.freeze(kind.prototype);
      Object.freeze(globalThis); ${RETURNS}`,
  });
  for (const [name, { outcome, lines }] of runs) {
    assert.equal(outcome.status, "success", `${name}: ${outcome.error}`);
    assert.deepEqual(outcome.result, { list: [1, 2] }, name);
    const said = lines.find((line) => line.message === "said");
    assert.ok(Math.abs(Date.parse(said?.at ?? "") - Date.now()) < 60_000, `${name}: ${said?.at}`);
  }
  // Nothing of it came out of their processes.
  assert.equal(JSON.stringify({ at: new Date(0) }), `{"at":"1970-01-01T00:00:00.000Z"}`);
  assert.equal(await Promise.resolve(process.kill(process.pid, 0)), true);
});

test("where a job makes it impossible to tell its result, that is a failure and no success", async (t) => {
  const expected: Record<string, [code: string, reason: string, error: RegExp]> = {
    json: [
      `Object.prototype.toJSON = () => "x"; ${RETURNS}`,
      "no_result",
      /before the job returned/,
    ],
    arrays: [`${breakAll("Array.prototype")} ${RETURNS}`, "threw", /cannot be read/],
    channel: [
      `import { closeSync } from "node:fs"; export default () => { closeSync(3); return 1 }`,
      "exit_code",
      /channel to the scheduler, file descriptor 3, was closed/,
    ],
    garbage: [
      `import { writeSync } from "node:fs";
       export default () => { writeSync(3, "x".repeat(5e6)); return 1 }`,
      "no_result",
      /before the job returned/,
    ],
    code: [`process.exitCode = 5; export default () => 1`, "exit_code", /exit code 5/],
    exit: [`process.reallyExit(0); export default () => 1`, "no_result", /process\.exit\(\)/],
    abort: [`export default () => process.abort()`, "signal", /SIGABRT/],
    deaf: [
      `process.removeAllListeners(); export default () => { Promise.reject(new Error("lost")); return 1 }`,
      "exit_code",
      /lost/,
    ],
    swallowing: [
      `process.on("uncaughtException", () => {});
       export default () => { setTimeout(() => { throw new Error("late") }, 10); return 1 }`,
      "threw",
      /late/,
    ],
    ending: [
      `process.on("beforeExit", () => { throw new Error("bye") }); export default () => 1`,
      "threw",
      /bye/,
    ],
    thenable: [`export default () => ({ then() {} })`, "no_result", /nothing left/],
    proxy: [
      `const trap = () => { throw new Error("trap") };
       export default () => { throw new Proxy({}, { get: trap, getPrototypeOf: trap }) }`,
      "threw",
      /cannot be read/,
    ],
    error: [
      `const error = new TypeError("x");
       Object.defineProperty(error, "message", { get() { throw new Error("trap") } });
       export default () => { throw error }`,
      "threw",
      /cannot be read/,
    ],
    nothing: [`export default () => Promise.reject()`, "threw", /undefined/],
  };
  const codes = Object.entries(expected).map(([name, [code]]) => [name, code]);
  const runs = await runAll(t, Object.fromEntries(codes));
  for (const [name, { outcome }] of runs) {
    const [, reason, error] = expected[name] ?? [];
    assert.equal(outcome.status, "failed", name);
    assert.equal(outcome.reason, reason, `${name}: ${outcome.error}`);
    assert.match(outcome.error ?? "", error ?? /^$/, name);
    assert.equal(outcome.result, null, name);
  }
});

test("a job that closes its output runs on, and its result is kept", async (t) => {
  const runs = await runAll(t, {
    descriptors: `import { closeSync } from "node:fs";
      export default () => { closeSync(1); closeSync(2); console.log("x"); return 1 };`,
    streams: `process.stdout.destroy(); process.stderr.end();
      export default () => { console.log("x"); console.error("y"); return 1 };`,
  });
  for (const [name, { outcome }] of runs)
    assert.equal(outcome.result, 1, `${name}: ${outcome.error}`);
});
