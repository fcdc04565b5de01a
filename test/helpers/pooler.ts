import { spawn } from "node:child_process";
import { chmod, chown, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { once } from "node:events";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConnectionAddress } from "../../src/store/connection.ts";
import type { Cleanup } from "./database.ts";
import { waitUntil } from "./wait-until.ts";

/** Where Debian and others put it. */
const PROGRAM = ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer", "/usr/local/bin/pgbouncer"].find(
  (path) => existsSync(path),
);

/** Why tests with a pooler cannot run here; false: they can. */
export const NO_POOLER: string | false =
  PROGRAM === undefined ? "PgBouncer is not installed" : false;

const PORT = 6_432;

/** A PgBouncer in transaction mode with few sessions, before the given database; ends with the test. */
export async function startPooler(
  t: Cleanup,
  address: ConnectionAddress,
): Promise<ConnectionAddress> {
  if (PROGRAM === undefined) throw new Error("PgBouncer is not installed");
  const folder = await mkdtemp(join(tmpdir(), "cronverge-pooler-"));
  const file = join(folder, "pgbouncer.ini");
  const { host, port, username, password, database } = address;
  await writeFile(join(folder, "users"), `"${username}" "${password}"\n`);
  await writeFile(
    file,
    [
      "[databases]",
      `${database} = host=${host} port=${port} user=${username}`,
      "[pgbouncer]",
      `unix_socket_dir = ${folder}`,
      `listen_port = ${PORT}`,
      "listen_addr =",
      "auth_type = plain",
      `auth_file = ${join(folder, "users")}`,
      "pool_mode = transaction",
      "default_pool_size = 4",
      "max_client_conn = 100",
      "",
    ].join("\n"),
  );
  // It does not run as root, and only the server's own user may reach the server's socket.
  const { uid, gid } = await stat(join(host, `.s.PGSQL.${port}`));
  for (const path of [folder, file, join(folder, "users")]) await chown(path, uid, gid);
  await chmod(folder, 0o755);
  const child = spawn(PROGRAM, [file], {
    stdio: ["ignore", "ignore", "pipe"],
    uid,
    gid,
  });
  let said = "";
  child.stderr.on("data", (text) => (said += text));
  const ended = once(child, "exit");
  t.after(async () => {
    child.kill("SIGKILL");
    await ended;
    await rm(folder, { recursive: true, force: true });
  });
  // The file of the socket is there before anybody listens.
  await waitUntil(async () => {
    if (child.exitCode !== null) throw new Error(`PgBouncer ended: ${said}`);
    return listens(join(folder, `.s.PGSQL.${PORT}`));
  }, "PgBouncer");
  return { ...address, host: folder, port: PORT };
}

function listens(path: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect({ path });
  socket.once("connect", () => resolve(true));
  socket.once("error", () => resolve(false));
  return promise.finally(() => socket.destroy());
}
