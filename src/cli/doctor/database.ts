import type { SchedulerError } from "../../model/errors.ts";
import type { DoctorFacts } from "../../store/doctor-facts.ts";
import type { DoctorFinding } from "../../views/doctor.ts";
import { findingsOf, someOf } from "./finding.ts";

const { ok, hint, wrong } = findingsOf("database");

/** Beyond this, lines of a node and those of the database are hard to read together. */
const CLOCK_MS = 2_000;
/** What one node keeps open: its pool, and one that listens. */
const CONNECTIONS_PER_NODE = 9;

/** What the config says of the database that was reached. */
export interface DatabaseWishes {
  embedded: boolean;
  pooled: boolean;
  project: string | null;
  liveNodes: number;
}

/** What kept us from the database, or from reading it. */
export function checkUnreachable(error: SchedulerError): DoctorFinding {
  if (/unsupported startup parameter/.test(error.message)) {
    const help = "it is PgBouncer: set database.pooled: true, or connect to PostgreSQL itself";
    return wrong("database-pooler", error.message, help);
  }
  const help = error.help ?? "cronverge db status says which one it is; see that it runs";
  return wrong("database-reachable", error.message, help);
}

export function checkDatabase(facts: DoctorFacts, wishes: DatabaseWishes): DoctorFinding[] {
  const kind = wishes.embedded ? "embedded PostgreSQL" : "PostgreSQL";
  return [
    ok("database-reachable", `${kind} ${facts.serverVersion} answers`),
    ...checkPooler(facts, wishes),
    checkSchema(facts),
    ...checkRights(facts),
    ...checkProject(facts, wishes),
    ...checkForeign(facts),
    checkDurability(facts),
    ...checkTimeouts(facts),
    checkConnections(facts, wishes),
    checkClock(facts),
  ];
}

/** A session that lost its settings was shared with others. */
export function checkPooler(
  { foreignSession }: Pick<DoctorFacts, "foreignSession">,
  { pooled, embedded }: Pick<DatabaseWishes, "pooled" | "embedded">,
): DoctorFinding[] {
  if (!foreignSession || pooled || embedded) return [];
  const message = "sessions do not keep their settings: a pooler is in front of the database";
  const help = "set database.pooled: true, or connect to PostgreSQL itself";
  return [wrong("database-pooler", message, help)];
}

export function checkSchema(facts: DoctorFacts): DoctorFinding {
  const { schema, schemaVersion: found, ownSchemaVersion: own, migrationProblem } = facts;
  if (migrationProblem !== null) {
    const { message, help } = migrationProblem;
    return wrong("database-schema", message, help ?? null);
  }
  if (found === own) return ok("database-schema", `the schema ${schema} has version ${own}`);
  const state =
    found === null
      ? `the schema ${schema} is not made yet`
      : `the schema ${schema} has version ${found}, and this program ${own}`;
  return hint(
    "database-schema",
    state,
    "cronverge up brings it up to date, or cronverge db migrate",
  );
}

export function checkRights(
  facts: Pick<DoctorFacts, "mayCreate" | "role" | "schema" | "schemaVersion">,
): DoctorFinding[] {
  const { mayCreate, role, schema, schemaVersion } = facts;
  if (mayCreate) return [];
  const message = `the database role ${role} may not make ${schemaVersion === null ? `the schema ${schema}` : `tables in ${schema}`}`;
  const statement =
    schemaVersion === null
      ? `create schema "${schema}" authorization "${role}"`
      : `grant create on schema "${schema}" to "${role}"`;
  return [wrong("database-rights", message, `let the owner of the database run: ${statement}`)];
}

export function checkProject(
  { project, schema }: Pick<DoctorFacts, "project" | "schema">,
  { project: own, embedded }: Pick<DatabaseWishes, "project" | "embedded">,
): DoctorFinding[] {
  if (own === null && !embedded) {
    const message = "the config names no project, which decides whose schema it is";
    return [hint("database-project", message, "write project: NAME in the config")];
  }
  if (project === null || own === null || project === own) return [];
  const message = `the schema ${schema} belongs to the project "${project}", not to "${own}"`;
  return [
    wrong("database-project", message, "give this project a schema of its own: database.schema"),
  ];
}

export function checkForeign({
  schema,
  foreign,
}: Pick<DoctorFacts, "schema" | "foreign">): DoctorFinding[] {
  if (foreign.length === 0) return [];
  const message = `the schema ${schema} holds what is not of Cronverge: ${someOf(foreign)}`;
  const help = "give Cronverge a schema of its own: database.schema; db export leaves the rest out";
  return [hint("database-schema-shared", message, help)];
}

export function checkDurability({ settings }: Pick<DoctorFacts, "settings">): DoctorFinding {
  const off = (["fsync", "synchronous_commit", "full_page_writes"] as const).filter(
    (name) => settings[name] === "off",
  );
  if (off.length === 0) return ok("database-durability", "what it acknowledged outlives a crash");
  const message = `${off.join(", ")} ${off.length === 1 ? "is" : "are"} off: what was acknowledged may be lost in a crash, and a job run again`;
  return wrong(
    "database-durability",
    message,
    `set ${off.map((name) => `${name} = on`).join(", ")}`,
  );
}

export function checkTimeouts({ settings }: Pick<DoctorFacts, "settings">): DoctorFinding[] {
  const set = (["idle_session_timeout", "transaction_timeout"] as const).filter(
    (name) => settings[name] !== "" && settings[name] !== "0",
  );
  if (set.length === 0) return [];
  const shown = set.map((name) => `${name} = ${settings[name]}`).join(", ");
  const message = `the server ends sessions of its own accord (${shown}): nodes connect again and again, and long work is cut`;
  const help = `set it to 0 for this role: ${set.map((name) => `alter role … set ${name} = 0`).join("; ")}`;
  return [hint("database-timeouts", message, help)];
}

export function checkConnections(
  { connections }: Pick<DoctorFacts, "connections">,
  { liveNodes, pooled }: Pick<DatabaseWishes, "liveNodes" | "pooled">,
): DoctorFinding {
  const { used, allowed } = connections;
  const free = allowed - used;
  const shown = `${used} of ${allowed} connections are in use`;
  if (pooled || free >= CONNECTIONS_PER_NODE) return ok("database-connections", shown);
  const nodes = liveNodes === 0 ? "a node" : "one more node";
  const message = `${shown}, and ${nodes} may take ${CONNECTIONS_PER_NODE}`;
  const help = "raise max_connections, or use a pooler and database.pooled";
  return hint("database-connections", message, help);
}

export function checkClock({
  aheadMs,
  askedMs,
}: Pick<DoctorFacts, "aheadMs" | "askedMs">): DoctorFinding {
  const seconds = (Math.abs(aheadMs) / 1_000).toFixed(1);
  if (Math.abs(aheadMs) <= CLOCK_MS + askedMs) {
    return ok("database-clock", "its clock and that of this machine agree");
  }
  const message = `its clock is ${seconds} s ${aheadMs > 0 ? "ahead of" : "behind"} that of this machine; jobs run by the database's`;
  return hint("database-clock", message, "let both follow a time server");
}
