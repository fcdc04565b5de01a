import { SchedulerError } from "../model/errors.ts";
import { sqlState, type Database } from "./connection.ts";

/** The names are quoted where a statement needs it. */
interface Rights {
  role: string;
  schema: string;
  /** The schema exists. */
  exists: boolean;
  mayUse: boolean;
  mayCreate: boolean;
  /** Who made our tables, if the role has not the same rights. */
  otherOwner: string | null;
}

/**
 * What the role of the connection may not do in our schema, and what helps; null
 * when `error`, with which the schema could not be opened, comes from something else. Asked only
 * then, because a role may be given its rights in many ways that all work.
 */
export async function missingRights(
  database: Database,
  error: unknown,
): Promise<SchedulerError | null> {
  if (!(error instanceof SchedulerError) || error.code !== "database_failed") return null;
  const [rights] = await database.query<Rights>(RIGHTS, [database.schema], { idempotent: true });
  if (rights === undefined) return null;
  const lack = findLack(rights, sqlState(error) === PERMISSION_DENIED);
  if (lack === null) return null;
  const message = `the database role ${rights.role} ${lack.mayNot}`;
  return new SchedulerError("database_failed", message, { help: lack.help, cause: error });
}

const PERMISSION_DENIED = "42501";

/** A schema that the role may not use is, without any refusal, as if it were not there. */
function findLack(
  { role, schema, ...rights }: Rights,
  denied: boolean,
): { mayNot: string; help: string } | null {
  const { exists, mayUse, mayCreate, otherOwner } = rights;
  if (exists && otherOwner !== null && (denied || !mayUse)) {
    const mayNot = `lacks rights on the tables of the schema ${schema}, which belong to ${otherOwner}`;
    // Not a grant of that role, which would hand over all its rights.
    return { mayNot, help: `connect as ${otherOwner}, or set another database.schema` };
  }
  const run = (statement: string): string => `let the owner of the database run: ${statement}`;
  if (exists && !mayUse) {
    const help = run(`grant usage, create on schema ${schema} to ${role}`);
    return { mayNot: `may not use the schema ${schema}`, help };
  }
  if (!denied) return null;
  if (!exists) {
    const help = run(`create schema ${schema} authorization ${role}`);
    return { mayNot: `may not create the schema ${schema}`, help };
  }
  if (mayCreate) return null;
  const help = run(`grant create on schema ${schema} to ${role}`);
  return { mayNot: `may not create tables in the schema ${schema}`, help };
}

const RIGHTS = `
select quote_ident(current_user) as role, quote_ident(wanted.name) as schema, n.oid is not null as exists,
       coalesce(has_schema_privilege(n.oid, 'usage'), false) as "mayUse",
       coalesce(has_schema_privilege(n.oid, 'create'), false) as "mayCreate",
       case when not pg_has_role(c.relowner, 'usage') then quote_ident(pg_get_userbyid(c.relowner)) end
         as "otherOwner"
  from (select $1::text as name) wanted
  left join pg_namespace n on n.nspname = wanted.name
  left join pg_class c on c.relnamespace = n.oid and c.relname = 'schema_migrations'`;
