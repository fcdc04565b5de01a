import { connect, type Socket } from "node:net";
import { SchedulerError } from "../model/errors.ts";
import { connectionLost } from "./connection-errors.ts";

/** Where a PostgreSQL server is, and as whom to connect. */
export interface ConnectionAddress {
  /** A host name, an IP address, or the absolute path of the directory of a unix socket. */
  host: string;
  port: number;
  database: string;
  username: string;
  password: string;
  ssl: "disable" | "prefer" | "require" | "verify-full";
  /** Settings of the session, such as `options` or `role`. */
  parameters: Record<string, string>;
}

/**
 * Reads `postgres://user:password@host:port/database?sslmode=…`. The host may be a parameter, as
 * `?host=/run/postgresql` for a unix socket. Nothing is taken from the environment.
 *
 * @throws SchedulerError `database_failed`; the message never holds the URL, which has a password.
 */
export function parseDatabaseUrl(text: string): ConnectionAddress {
  const url = URL.parse(text);
  if (url === null || !/^postgres(?:ql)?:$/.test(url.protocol)) throw badUrl("it is not a URL");
  const {
    host: hostParameter,
    port,
    sslmode,
    ...parameters
  } = Object.fromEntries(url.searchParams);
  const host =
    hostParameter ?? (decodeURIComponent(url.hostname.replace(/^\[|\]$/g, "")) || "localhost");
  const username = decodeURIComponent(url.username);
  const database = decodeURIComponent(url.pathname.slice(1)) || username;
  if (username === "") throw badUrl("it names no user");
  if (host.includes(",")) throw badUrl("it names several hosts");
  return {
    host,
    port: Number(port ?? (url.port || "5432")),
    database,
    username,
    password: decodeURIComponent(url.password),
    ssl: readSslMode(sslmode, host),
    parameters,
  };
}

/**
 * A connected socket. We open it, not the driver, because only its owner can destroy it when the
 * other side has stopped answering.
 */
export function openSocket(address: ConnectionAddress, timeoutMs: number): Promise<Socket> {
  const { host, port } = address;
  const socket = host.startsWith("/")
    ? connect({ path: `${host}/.s.PGSQL.${port}` })
    : connect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: 10_000 });
  // The driver takes the server's name for TLS from here.
  Object.assign(socket, { host, port });
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const timer = setTimeout(() => {
    socket.destroy(connectionLost(`no connection to ${host} within ${timeoutMs} ms`));
  }, timeoutMs);
  socket.once("connect", () => {
    clearTimeout(timer);
    resolve(socket);
  });
  // This listener stays: an error in the instant before the driver listens must not be uncaught.
  socket.on("error", (error) => {
    clearTimeout(timer);
    reject(error);
  });
  return promise;
}

function readSslMode(mode: string | undefined, host: string): ConnectionAddress["ssl"] {
  switch (mode) {
    case undefined:
      return host.startsWith("/") || LOCAL_HOSTS.has(host) ? "disable" : "prefer";
    case "disable":
    case "prefer":
    case "require":
    case "verify-full":
      return mode;
    case "allow":
      return "prefer";
    case "verify-ca":
      return "verify-full";
    default:
      throw badUrl(`it has the unknown sslmode "${mode}"`);
  }
}

const LOCAL_HOSTS = new Set(["localhost", "127.0.0.1", "::1"]);

function badUrl(reason: string): SchedulerError {
  return new SchedulerError("database_failed", `the database URL cannot be used: ${reason}`, {
    help: "write it as postgres://user:password@host:5432/database",
  });
}
