import { stat } from "node:fs/promises";
import { databaseUrl, openProjectServer, type Project } from "../../daemon/project.ts";
import { byEvidence } from "../../daemon/sweeper.ts";
import { readGitState } from "../../execute/git.ts";
import { readMachineFacts } from "../../execute/machine-facts.ts";
import { SchedulerError } from "../../model/errors.ts";
import { VERSION } from "../../model/version.ts";
import type { LoadedConfig } from "../../source/load.ts";
import { readDoctorFacts, type DoctorFacts } from "../../store/doctor-facts.ts";
import { readEmbeddedDisk } from "../../store/embedded-disk.ts";
import { missingRights } from "../../store/missing-rights.ts";
import { listNodes } from "../../store/nodes.ts";
import type { Store } from "../../store/open.ts";
import type { DoctorFinding } from "../../views/doctor.ts";
import { keepsClock } from "../../model/node-role.ts";
import { toListedNodeItem } from "../node-items.ts";
import { checkConfig } from "./config.ts";
import { checkDatabase, checkUnreachable } from "./database.ts";
import { checkDisk } from "./disk.ts";
import { findingsOf } from "./finding.ts";
import { checkJobs, checkZoneData } from "./jobs.ts";
import { unresolvedLookups } from "./lookups.ts";
import { checkMachine } from "./machine.ts";
import { checkNodes, type KnownNode } from "./nodes.ts";

const NODES_LOOKED_AT = 200;

/** What this machine says; `project` is null where there is none that can be read. */
export async function lookAtMachine(project: Project | null): Promise<DoctorFinding[]> {
  const facts = await readMachineFacts();
  const jobs = project?.loaded.desired?.jobs.map(({ spec }) => spec) ?? [];
  const concurrency = project?.settings.nodeConcurrency ?? 2 * facts.cores;
  const url = project?.settings.database.url ?? process.env["CRONVERGE_DATABASE_URL"] ?? null;
  return checkMachine(facts, { embedded: url === null, concurrency, jobs });
}

/** What the config file says, read as `check` reads it. */
export async function lookAtConfig(loaded: LoadedConfig, file: string): Promise<DoctorFinding[]> {
  const { configFile, desired, diagnostics } = loaded;
  const mode = await stat(configFile)
    .then(({ mode: found }) => found)
    .catch(() => 0);
  return checkConfig({
    file,
    jobs: desired?.jobs.length ?? null,
    diagnostics,
    git: await readGitState(configFile).catch(() => null),
    readableByAll: (mode & 0o004) !== 0,
    unresolved:
      desired === null ? [] : await unresolvedLookups(desired, { configFile, env: process.env }),
  });
}

/** What the database, its nodes and its jobs say. */
export async function lookAtDatabase(project: Project): Promise<DoctorFinding[]> {
  const found: DoctorFinding[] = [];
  try {
    const embedded = (await databaseUrl(project)) === null;
    if (embedded) {
      const disk = await readEmbeddedDisk(project.place);
      if (disk === null) return [NOT_MADE];
      found.push(...checkDisk(disk));
    }
    const options = { applicationName: "cronverge doctor", maxConnections: 1, start: true };
    await using store = await openProjectServer(project, options);
    if (store !== null) found.push(...(await lookInside(store, project)));
    return found;
  } catch (error) {
    if (!(error instanceof SchedulerError)) throw error;
    return [...found, checkUnreachable(error)];
  }
}

const NOT_MADE: DoctorFinding = findingsOf("database").ok(
  "database-reachable",
  "the embedded PostgreSQL is not made yet: the first cronverge up or apply makes it",
);

async function lookInside(store: Store, { settings }: Project): Promise<DoctorFinding[]> {
  const { database, embedded } = store;
  const facts = await readDoctorFacts(database).catch(async (error: unknown) => {
    throw (await missingRights(database, error).catch(() => null)) ?? error;
  });
  const nodes = facts.jobs === null ? [] : await readNodes(store);
  const { project } = settings;
  const pooled = settings.database.pooled ?? false;
  const liveNodes = nodes.filter(({ live }) => live).length;
  return [
    ...checkDatabase(facts, { embedded, pooled, project, liveNodes }),
    ...(facts.jobs === null ? [] : lookAtWork({ ...facts, jobs: facts.jobs }, nodes)),
  ];
}

function lookAtWork(
  { jobs, zoneData }: Pick<DoctorFacts, "zoneData"> & { jobs: NonNullable<DoctorFacts["jobs"]> },
  nodes: readonly KnownNode[],
): DoctorFinding[] {
  const clockLives = nodes.some(({ live, role }) => live && keepsClock(role));
  return [
    ...checkNodes(nodes, VERSION),
    ...checkJobs(jobs, { clockLives }),
    ...checkZoneData(zoneData, process.versions["tz"]),
  ];
}

async function readNodes({ database, embedded }: Store): Promise<KnownNode[]> {
  const { nodes } = await listNodes(database, { gone: true, limit: NODES_LOOKED_AT });
  return (await byEvidence(nodes, embedded)).map(toListedNodeItem);
}
