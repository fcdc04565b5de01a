import { execFile, spawn, type ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, realpath, rm, writeFile, mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { AttemptRequest, DatabaseSession } from "../../src/execute/attempt-request.ts";
import {
  startLauncher,
  type Launcher,
  type LaunchSpec,
} from "../../src/execute/launcher-client.ts";
import { findTaggedProcesses } from "../../src/execute/process-table.ts";
import { runPlugin } from "../../src/execute/plugin.ts";
import type { AttemptOutcome, LogLine } from "../../src/model/execution.ts";
import type { JobRun, JobSpec, Permissions } from "../../src/model/job.ts";
import { bundlePlugin, joinProgram } from "../../src/source/bundle.ts";
import { DEFAULT_POLICIES } from "../../src/model/policy.ts";

/** A folder of its own, gone after the test. */
export async function scratch(t: TestContext): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "cronverge-test-")));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A launcher that ends with the test. */
export async function launcherFor(t: TestContext): Promise<Launcher> {
  const launcher = await startLauncher({ onExit: () => undefined });
  t.after(() => launcher[Symbol.asyncDispose]());
  return launcher;
}

export const NO_PERMISSIONS: Permissions = {
  net: false,
  run: false,
  read: [],
  write: [],
  env: [],
  database: [],
};

export function jobSpec(run: JobRun, changes: Partial<JobSpec> = {}): JobSpec {
  return {
    name: "probe",
    description: "",
    schedule: null,
    enabled: true,
    run,
    parameters: {},
    permissions: NO_PERMISSIONS,
    env: {},
    cwd: null,
    memoryBytes: 268_435_456,
    timeoutMs: 30_000,
    graceMs: 500,
    outputBytes: 1_048_576,
    tags: [],
    ...DEFAULT_POLICIES,
    ...changes,
  };
}

export function attemptRequest(
  spec: JobSpec,
  changes: Partial<AttemptRequest> = {},
): AttemptRequest {
  return {
    executionId: randomUUID(),
    jobName: spec.name,
    attempt: 1,
    fence: "7",
    scheduledFor: "2026-01-02T03:04:05.000Z",
    spec,
    parameters: spec.parameters,
    root: tmpdir(),
    configDir: tmpdir(),
    nodeId: randomUUID(),
    traceId: "trace",
    ...changes,
  };
}

/** The processes that carry an execution's tag, wherever they are. */
export function taggedWith(executionId: string): Promise<number[]> {
  return findTaggedProcesses([{ name: "CRONVERGE_EXECUTION_ID", value: executionId }]);
}

export interface PluginRun {
  outcome: AttemptOutcome;
  lines: LogLine[];
  executionId: string;
}

export interface PluginSetup {
  launcher: Launcher;
  folder: string;
  spec?: Partial<JobSpec>;
  exportName?: string;
  request?: Partial<AttemptRequest>;
  signal?: AbortSignal;
  onStarted?: (pid: number) => void;
  onLog?: (lines: LogLine[]) => void;
  database?: (name: string, signal: AbortSignal) => DatabaseSession;
}

/** Bundles job code and runs it as the scheduler does: `folder` is the project. */
export async function runJobCode(code: string, setup: PluginSetup): Promise<PluginRun> {
  const { folder, launcher } = setup;
  const pluginDir = join(folder, "plugins");
  await mkdir(pluginDir, { recursive: true });
  const file = join(pluginDir, "probe.ts");
  await writeFile(file, code);
  const bundle = await bundlePlugin({ file, plugin: "probe", pluginDir });
  if ("diagnostics" in bundle) throw new Error(JSON.stringify(bundle.diagnostics));
  const programFile = await joinProgram({ ...bundle, stateDir: join(folder, "state") });
  const spec = jobSpec(
    { type: "plugin", plugin: "probe", export: setup.exportName ?? null },
    setup.spec,
  );
  const request = attemptRequest(spec, { root: folder, configDir: folder, ...setup.request });
  const lines: LogLine[] = [];
  const outcome = await runPlugin(
    { ...request, programFile },
    {
      launcher,
      onLog: (batch) => {
        lines.push(...batch);
        setup.onLog?.(batch);
      },
      database:
        setup.database ??
        (() => {
          throw new Error("no database in this test");
        }),
      ...(setup.signal === undefined ? {} : { signal: setup.signal }),
      ...(setup.onStarted === undefined ? {} : { onStarted: setup.onStarted }),
    },
  );
  return { outcome, lines, executionId: request.executionId };
}

/** Starts a Node program of the tests and gives its first line of output. */
export async function startProgram(
  file: string,
  args: string[],
): Promise<{ child: ChildProcess; firstLine: string }> {
  const child = spawn(process.execPath, [file, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  if (child.stdout === null) throw new Error("no stdout");
  const [chunk] = (await once(child.stdout, "data")) as [Buffer];
  return { child, firstLine: chunk.toString().split("\n")[0] ?? "" };
}

/** Resolves when the condition holds; rejects after ten seconds. */
export async function eventually(condition: () => Promise<boolean>, what: string): Promise<void> {
  const giveUpMs = performance.now() + 10_000;
  while (!(await condition())) {
    if (performance.now() > giveUpMs) throw new Error(`never: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Resident memory of a process in bytes. */
export async function residentBytesOf(pid: number): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<string>();
  execFile("ps", ["-o", "rss=", "-p", String(pid)], (_error, stdout) => resolve(stdout));
  return Number(await promise) * 1_024;
}

/** A script of the shell as the launcher takes it. */
export function shellSpec(script: string, changes: Partial<LaunchSpec> = {}): LaunchSpec {
  return {
    executionId: randomUUID(),
    file: "/bin/sh",
    args: ["-c", script],
    env: { PATH: process.env.PATH ?? "" },
    cwd: "/",
    ipc: false,
    timeoutMs: 20_000,
    graceMs: 300,
    memoryBytes: 1e9,
    outputBytes: 1_048_576,
    ...changes,
  };
}
