import { spawnSync } from "node:child_process";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ConnectionAddress } from "../../src/store/connection.ts";
import { DATABASE_VARIABLE, PLUGIN } from "./config-text.ts";
import { TortureNode } from "./node.ts";
import { startProxy, type Proxy } from "./proxy.ts";
import type { TortureServer } from "./server.ts";

/** The nodes with their roads to the database, each in a folder of its own. */
export interface Cluster {
  nodes: TortureNode[];
  roads: Proxy[];
  /** Gives every node the same config; each sees a file that appears whole. */
  writeConfig(text: string): Promise<void>;
  writePlugin(code: string): Promise<void>;
  /** The wall clock of this node, from 1, can be moved, by writing ms into a file. */
  clockNode: number;
  clockFile: string;
  stateDirs: string[];
  /** So many of the nodes, the first ones, are on one host. */
  neighbours: number;
}

/** Makes the folders and the roads; nothing is started. */
export async function makeCluster(
  stack: AsyncDisposableStack,
  given: { count: number; folder: string; server: TortureServer; nowMs: () => number },
): Promise<Cluster> {
  const { count, folder, server, nowMs } = given;
  const clockNode = count;
  const clockFile = join(folder, "clock");
  await writeFile(clockFile, "0");
  // The last node is a stranger to the others: only its lease tells them that it lives.
  const ownNames = spawnSync("unshare", ["--uts", "true"]).status === 0;
  const neighbours = ownNames && count > 2 ? count - 1 : count;
  const nodes: TortureNode[] = [];
  const roads: Proxy[] = [];
  const configs: string[] = [];
  for (let index = 1; index <= count; index += 1) {
    const root = join(folder, `node-${index}`);
    const services = join(root, "services", "scheduler");
    await mkdir(join(services, "plugins"), { recursive: true });
    configs.push(join(services, "config.yaml"));
    const road = stack.use(await startProxy(server.socketPath));
    roads.push(road);
    const { PATH = "", HOME = "" } = process.env;
    const bent = index === clockNode;
    const node = new TortureNode({
      index,
      root,
      logFile: join(folder, `node-${index}.log`),
      env: {
        PATH,
        HOME,
        // As examples/deploy sets them.
        MALLOC_ARENA_MAX: "1",
        NODE_OPTIONS: "--max-semi-space-size=2 --v8-pool-size=1",
        [DATABASE_VARIABLE]: roadUrl(server.address, road.port),
        ...(bent && { TORTURE_CLOCK: clockFile }),
      },
      execArgv: [
        "--trace-warnings",
        ...(bent ? ["--import", join(import.meta.dirname, "bent-clock.ts")] : []),
      ],
      hostname: index > neighbours ? `torture-${index}` : null,
      nowMs,
    });
    nodes.push(stack.use(node));
  }
  return {
    nodes,
    roads,
    clockNode,
    clockFile,
    neighbours,
    stateDirs: nodes.map(({ index }) => join(folder, `node-${index}`, ".cronverge")),
    async writePlugin(code) {
      for (const config of configs) {
        await writeFile(join(dirname(config), "plugins", `${PLUGIN}.ts`), code);
      }
    },
    async writeConfig(text) {
      for (const config of configs) {
        await writeFile(`${config}.new`, text);
        await rename(`${config}.new`, config);
      }
    },
  };
}

function roadUrl({ username, password, database }: ConnectionAddress, port: number): string {
  return `postgres://${username}:${password}@127.0.0.1:${port}/${database}?sslmode=disable`;
}
