import assert from "node:assert/strict";
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { listJobs } from "../../src/store/jobs.ts";
import { applyProject } from "../helpers/project.ts";
import { configOf, typedProject, yearlyJob } from "./typed.ts";

const TWO = configOf(yearlyJob("a"), yearlyJob("b"));

test("plan --out saves what apply does, for the owner's eyes", async (t) => {
  const { database, project, run } = await typedProject(t, TWO);
  const file = join(project.root, "saved.json");
  const planned = await run("plan", "--out", file);
  assert.equal(planned.code, 0, planned.stderr);
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  const applied = await run("apply", file);
  assert.match(applied.stdout, /Revision 1 is in force/);
  assert.equal((await listJobs(database)).length, 2);
  const again = await run("apply", file);
  assert.equal(again.code, 1);
  assert.match(
    again.stderr,
    /revision 1 is in force, applied by .*made before anything was applied/,
  );
  assert.match(again.stderr, /help: .*cronverge plan --out FILE/);
});

test("a saved plan keeps --allow-prune, and takes no other", async (t) => {
  const { database, project, run } = await typedProject(t, TWO);
  await applyProject(database, project);
  await project.write("config.yaml", "jobs: {}\n");
  const file = join(project.root, "saved.json");
  const refused = await run("plan", "--out", file);
  assert.equal(refused.code, 1);
  assert.doesNotMatch(refused.stdout, /Saved/);
  await assert.rejects(stat(file), "nobody may apply a refused plan, so there is none");
  await run("plan", "--allow-prune", "--out", file);
  const twice = await run("apply", file, "--allow-prune");
  assert.equal(twice.code, 64, twice.stderr);
  assert.equal((await run("apply", file)).code, 0);
  assert.deepEqual(await listJobs(database), []);
});

test("only a saved plan is written over, and only one is applied", async (t) => {
  const { project, run } = await typedProject(t, TWO);
  const [notes, file] = [join(project.root, "notes.txt"), join(project.root, "saved.json")];
  await writeFile(notes, "mine\n");
  const [kept, missing, foreign] = await Promise.all([
    run("plan", "--out", notes),
    run("apply", join(project.root, "none.json")),
    run("apply", notes),
    run("plan", "--out", file),
  ]);
  assert.equal(kept.code, 64, kept.stderr);
  assert.equal(await readFile(notes, "utf8"), "mine\n");
  assert.equal(missing.code, 3, missing.stderr);
  assert.match(foreign.stderr, /not a saved plan/);
  const text = await readFile(file, "utf8");
  await writeFile(file, text.slice(0, text.length / 2));
  assert.match((await run("apply", file)).stderr, /damaged/);
  assert.equal((await run("plan", "--out", file)).code, 0, "a damaged one is replaced");
  assert.equal((await run("apply", file)).code, 0);
});

test("an edited file refuses the saved plan", async (t) => {
  const { project, run } = await typedProject(t, configOf(yearlyJob("a")));
  const file = join(project.root, "saved.json");
  await run("plan", "--out", file);
  await project.write("config.yaml", TWO);
  const { code, stdout, stderr } = await run("apply", file);
  assert.deepEqual([code, stdout], [1, ""]);
  assert.match(stderr, /config\.yaml changed since the plan was made/);
});
