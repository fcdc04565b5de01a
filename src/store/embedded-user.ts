import { readFileSync, statSync } from "node:fs";
import { dirname } from "node:path";

export interface OsUser {
  uid: number;
  gid: number;
}

/** As whom the server's programs run: PostgreSQL refuses to run as root. */
export interface ServerUsers {
  /** `initdb` looks its user up by name, so this one has an entry in the user database. */
  init: OsUser;
  /** Owns the data and runs the server. */
  run: OsUser;
}

/** In no distribution's range for people or for services, and below the limit of containers. */
const UNUSED_UID = 61_234;

/**
 * Null: as ourselves. Root uses the machine's `postgres` user; where there is none, the server gets
 * a uid that nobody has, because `nobody` may own other things that it could then reach.
 */
export function chooseUsers(): ServerUsers | null {
  if (process.getuid?.() !== 0) return null;
  const users = readUsers();
  const postgres = users.find(({ name }) => name === "postgres" || name === "_postgres");
  if (postgres !== undefined) return { init: postgres, run: postgres };
  const run = { uid: UNUSED_UID, gid: UNUSED_UID };
  return { init: users.find(({ name }) => name === "nobody") ?? users[0] ?? run, run };
}

/** Whether the user can reach what is in the directory: the `x` of it and of all above it. */
export function canEnter(directory: string, user: OsUser): boolean {
  const { uid, gid, mode } = statSync(directory);
  const bits = uid === user.uid ? mode >> 6 : gid === user.gid ? mode >> 3 : mode;
  if ((bits & 1) === 0) return false;
  const parent = dirname(directory);
  return parent === directory || canEnter(parent, user);
}

/** The users that are not root, in the order of the file. */
function readUsers(): (OsUser & { name: string })[] {
  return readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .map((line) => line.split(":"))
    .map(([name = "", , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }))
    .filter(({ uid, gid }) => uid > 0 && gid > 0);
}
