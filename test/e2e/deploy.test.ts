import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { LAST_WORDS_MS, RECORD_MS } from "../../src/daemon/engine.ts";
import { parseDuration } from "../../src/schedule/duration.ts";
import { loadConfig } from "../../src/source/load.ts";
import { cli } from "../helpers/cli.ts";
import { parseCommandLine, shellLines } from "../helpers/command-line.ts";
import { testDatabase } from "../helpers/database.ts";
import type { Cleanup } from "../helpers/database.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const FOLDER = join(ROOT, "examples", "deploy");
const UNIT = read("systemd/cronverge.service");

function read(name: string): string {
  return readFileSync(join(FOLDER, name), "utf8");
}

function scratch(t: Cleanup): string {
  const folder = mkdtempSync(join(tmpdir(), "cronverge-deploy-"));
  t.after(async () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The longest time from SIGTERM to the end of a scheduler with this `--grace`; its launcher gets 5 s. */
function drainMs(words: readonly string[]): number {
  const graceMs = parseDuration(words[words.indexOf("--grace") + 1] ?? "");
  assert.ok(graceMs !== null, `a stop needs a known --grace: ${words.join(" ")}`);
  return graceMs + 2 * LAST_WORDS_MS + 5_000 + RECORD_MS;
}

/** `2min` of systemd, `1m` and `10s` of Compose. */
function timeMs(text: string): number {
  const [, count = "", unit = ""] = /^(\d+)(s|m|min)$/.exec(text) ?? [];
  assert.notEqual(unit, "", text);
  return Number(count) * (unit === "s" ? 1_000 : 60_000);
}

function setting(name: string): string {
  return new RegExp(`^${name}=(.*)$`, "m").exec(UNIT)?.[1] ?? assert.fail(`no ${name}`);
}

test("the systemd unit lets jobs end, and runs as nobody of importance", async () => {
  const words = setting("ExecStart").split(" ");
  await parseCommandLine(["cronverge", ...words.slice(1)].join(" "));
  assert.ok(timeMs(setting("TimeoutStopSec")) > drainMs(words));
  const expected = {
    User: "cronverge",
    KillMode: "mixed",
    Restart: "always",
    OOMPolicy: "continue",
    NoNewPrivileges: "yes",
    StateDirectory: "cronverge",
  };
  const found = Object.keys(expected).map((name) => [name, setting(name)]);
  assert.deepEqual(Object.fromEntries(found), expected);
  assert.ok(Number(setting("LimitNOFILE")) >= 65_536);
  // Each of them would break the program, or promises what it does not do.
  assert.doesNotMatch(UNIT, /^(?:MemoryDenyWriteExecute|ProcSubset|WatchdogSec|Type=notify)/m);
});

test("systemd finds nothing wrong with the unit, and little exposed", (t) => {
  if (spawnSync("systemd-analyze", ["--version"]).status !== 0) {
    return t.skip("systemd-analyze is not installed");
  }
  const file = join(scratch(t), "cronverge.service");
  writeFileSync(file, UNIT.replace("/usr/local/bin/cronverge", process.execPath));
  const analyze = (...args: string[]): void => {
    const ended = spawnSync("systemd-analyze", [...args, file], { encoding: "utf8" });
    assert.equal(ended.status, 0, ended.stdout + ended.stderr);
  };
  analyze("verify");
  analyze("security", "--offline=true", "--threshold=25", "--no-pager");
});

test("its scripts are what sh understands", () => {
  for (const name of ["systemd/cronverge-as-service", "postgres/create-role.sh"]) {
    assert.ok((statSync(join(FOLDER, name)).mode & 0o111) !== 0, name);
    const { status, stderr } = spawnSync("sh", ["-n", join(FOLDER, name)], { encoding: "utf8" });
    assert.equal(status, 0, stderr);
  }
  const { status, stderr } = spawnSync("sh", ["-n", join(FOLDER, "systemd/environment")]);
  assert.equal(status, 0, String(stderr));
});

interface Instruction {
  name: string;
  text: string;
}

/** The instructions of the Dockerfile, each on one line. */
function instructions(): Instruction[] {
  return read("Dockerfile")
    .replaceAll(/^#.*\n/gm, "")
    .replaceAll("\\\n", " ")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [, name = "", text = ""] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? assert.fail(line);
      return { name, text };
    });
}

test("the image is pinned, has what it copies, and does not run as root", async () => {
  const all = instructions();
  const last = all.slice(all.findLastIndex(({ name }) => name === "FROM"));
  const textOf = (wanted: string): string =>
    last.find(({ name }) => name === wanted)?.text ?? assert.fail(`no ${wanted}`);
  const image = all.find(({ name }) => name === "ARG")?.text ?? "";
  assert.match(image, /^NODE_IMAGE=node:26\.\d+\.\d+-[a-z]+-slim$/);
  const bases = all.filter(({ name }) => name === "FROM").map(({ text }) => text.split(" ")[0]);
  assert.deepEqual(new Set(bases), new Set(["${NODE_IMAGE}"]));
  assert.equal(textOf("USER"), "node");
  assert.equal(textOf("STOPSIGNAL"), "SIGTERM");

  const context = read("Dockerfile.dockerignore").split("\n");
  const copied = all
    .filter(({ name, text }) => name === "COPY" && !text.startsWith("--from="))
    .flatMap(({ text }) => text.split(" ").slice(0, -1));
  for (const path of copied) {
    assert.ok(existsSync(join(ROOT, path)), path);
    assert.ok(context.includes(`!${path.split("/")[0]}`), `${path} is left out of the context`);
  }
  const { files } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const present = last
    .filter(({ name }) => name === "COPY")
    .flatMap(({ text }) => text.split(" "))
    .map((path) => path.split("/").at(-1));
  for (const file of files) assert.ok(present.includes(file), `${file} is part of the package`);

  const entry: string[] = JSON.parse(textOf("ENTRYPOINT"));
  assert.deepEqual(entry, ["tini", "--", "cronverge"], "orphans of jobs are reaped");
  const command: string[] = JSON.parse(textOf("CMD"));
  await parseCommandLine(["cronverge", ...command].join(" "));
  const check = /CMD (\[.*\])$/.exec(textOf("HEALTHCHECK"))?.[1] ?? "[]";
  await parseCommandLine((JSON.parse(check) as string[]).join(" "));
});

interface ComposeService {
  image: string;
  command?: string[];
  build?: { context: string; dockerfile: string };
  restart: string;
  stop_grace_period: string;
  healthcheck: { test: string[]; interval: string; timeout: string };
  depends_on?: Record<string, { condition: string }>;
  secrets: string[];
  volumes?: string[];
  ports?: string[];
}

interface Compose {
  services: Record<string, ComposeService>;
  volumes: Record<string, null>;
  secrets: Record<string, { file: string }>;
}

test("the Compose file starts two schedulers that may end in peace, with secrets in files", async () => {
  const { services, volumes, secrets }: Compose = parse(read("compose.yaml"), { merge: true });
  const nodes = Object.entries(services).filter(([name]) => name !== "postgres");
  assert.deepEqual(
    nodes.map(([name]) => name),
    ["node-1", "node-2", "worker"],
  );
  for (const [name, service] of nodes) {
    const { command = [], healthcheck, build } = service;
    await parseCommandLine(["cronverge", ...command].join(" "));
    await parseCommandLine(healthcheck.test.slice(1).join(" "));
    assert.ok(timeMs(service.stop_grace_period) > drainMs(command), name);
    assert.ok(existsSync(join(FOLDER, build?.context ?? "", build?.dockerfile ?? "")));
    assert.equal(service.depends_on?.["postgres"]?.condition, "service_healthy");
  }
  for (const [name, service] of Object.entries(services)) {
    assert.match(service.image, /^[a-z]+:\d+\.\d+[\w.-]*$/, "a tag that does not move");
    assert.ok(timeMs(service.healthcheck.timeout) > 0, name);
    assert.equal(service.ports, undefined, "nothing is published");
    for (const secret of service.secrets)
      assert.match(secrets[secret]?.file ?? "", /^\.\/secrets\//);
    for (const volume of service.volumes ?? []) {
      const [source = ""] = volume.split(":");
      assert.ok(
        source.startsWith("./") ? existsSync(join(FOLDER, source)) : source in volumes,
        source,
      );
    }
  }
  assert.match(services["postgres"]?.image ?? "", /^postgres:18\./);
  const version: unknown = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")).version;
  assert.equal(services["node-1"]?.image, `cronverge:${String(version)}`);
});

test("its jobs run, and tell where", async (t) => {
  const { url } = await testDatabase(t);
  const cwd = scratch(t);
  cpSync(join(FOLDER, "services"), join(cwd, "services"), { recursive: true });
  const options = { cwd, env: { CRONVERGE_DATABASE_URL: url } };
  assert.equal((await cli(["apply"], options)).code, 0);
  const { code, stdout } = await cli(["--json", "jobs", "run", "where", "nightly"], options);
  assert.equal(code, 0, stdout);
  const { jobs_run: runs } = JSON.parse(stdout).data;
  assert.equal(runs[0].result.message, `ran on ${hostname()}`);
});

test("its schedule passes check, and its README types what there is", async () => {
  const configFile = join(FOLDER, "services", "scheduler", "config.yaml");
  const { diagnostics } = await loadConfig({ configFile, nowMs: Date.now() });
  assert.deepEqual(diagnostics, []);
  const readme = read("README.md");
  const typed = [...readme.matchAll(/(?:exec node-1|sudo) cronverge(?:-as-service)? ([^\n#`]*)/g)];
  assert.ok(typed.length >= 4);
  for (const [, line = ""] of typed) await parseCommandLine(`cronverge ${line.trim()}`);
  assert.deepEqual(shellLines(readme), []);
  for (const [path] of readme.matchAll(/examples\/deploy\/[\w./-]+/g)) {
    assert.ok(existsSync(join(ROOT, path)), path);
  }
});
