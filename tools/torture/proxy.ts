import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** The road of one node to the database, on the loopback, which can be made worse. */
export interface Proxy extends AsyncDisposable {
  port: number;
  /** `stalled`: nothing is forwarded, and nobody is told. `cut`: no connection lives or begins. */
  set(state: RoadState): void;
}

export type RoadState = "open" | "stalled" | "cut";

/** Starts a proxy to the unix socket of a server. */
export async function startProxy(socketPath: string): Promise<Proxy> {
  const road = new Road(socketPath);
  const server = createServer({ pauseOnConnect: true }, (client) => road.take(client));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    set: (state) => road.set(state),
    async [Symbol.asyncDispose]() {
      road.set("cut");
      server.close();
      await once(server, "close");
    },
  };
}

class Road {
  readonly #socketPath: string;
  readonly #pairs = new Set<[client: Socket, server: Socket]>();
  /** Connections that came while nothing was forwarded. */
  #waiting: Socket[] = [];
  #state: RoadState = "open";

  constructor(socketPath: string) {
    this.#socketPath = socketPath;
  }

  take(client: Socket): void {
    client.on("error", () => undefined);
    if (this.#state === "cut") client.destroy();
    else if (this.#state === "stalled") this.#waiting.push(client);
    else this.#join(client);
  }

  set(state: RoadState): void {
    this.#state = state;
    if (state === "cut") {
      for (const socket of [...this.#waiting, ...[...this.#pairs].flat()]) socket.destroy();
      this.#waiting = [];
      this.#pairs.clear();
    } else if (state === "stalled") {
      for (const [client, server] of this.#pairs) {
        client.unpipe(server).pause();
        server.unpipe(client).pause();
      }
    } else {
      for (const [client, server] of this.#pairs) forward(client, server);
      for (const client of this.#waiting.splice(0)) this.#join(client);
    }
  }

  #join(client: Socket): void {
    const server = connect({ path: this.#socketPath });
    const pair: [Socket, Socket] = [client, server];
    this.#pairs.add(pair);
    const end = (): void => {
      this.#pairs.delete(pair);
      client.destroy();
      server.destroy();
    };
    server.on("error", end).on("close", end);
    client.on("error", end).on("close", end);
    forward(client, server);
  }
}

function forward(client: Socket, server: Socket): void {
  client.pipe(server);
  server.pipe(client);
}
