import { mkdir, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { performance } from "node:perf_hooks";
import type { HeartbeatSettings } from "../model/policy.ts";
import type { ValueSource } from "../model/request.ts";
import type { SchedulerEvent } from "../views/event.ts";
import { exchange } from "../execute/http-exchange.ts";
import { createRedactor } from "../execute/redact.ts";
import { SecretResolver } from "../execute/secrets.ts";
import { causeText } from "../execute/http.ts";
import { startLoop } from "./loop.ts";
import type { Loop } from "./loop.ts";
import { problem } from "./problem.ts";

/** The clock looks at the database at least every 5 s; one that is silent for so long hangs. */
const SILENT_MS = 15_000;

/** While there is nothing to show, or nothing good, it is looked again after this. */
const LOOK_MS = 1_000;

/** Time for one sign of life by network. */
const SEND_MS = 10_000;

/** A sign that could not be given is tried again after this, or after the usual time if that is less. */
const RETRY_MS = 10_000;

const REDIRECTS = 5;

export interface BeaconOptions {
  /** As they are now: they follow the file. Null: nobody wants to see it. */
  settings: () => HeartbeatSettings | null;
  configFile: string;
  nodeId: () => string;
  emit: (event: SchedulerEvent) => void;
}

/**
 * Shows from outside that the scheduler lives, for a watcher that notices when it does not. The clock
 * vouches for it: a scheduler that cannot read what is due is no better than a dead one.
 */
export class Beacon {
  readonly #options: BeaconOptions;
  readonly #loop: Loop;
  readonly #onError: (error: unknown) => void;
  /** When the clock last looked at the database with success; null: its last look failed. */
  #goodMs: number | null = null;

  constructor(options: BeaconOptions) {
    this.#options = options;
    this.#onError = problem(options.emit, "cannot show the heartbeat");
    this.#loop = startLoop({
      step: () => this.#step(),
      retryMs: LOOK_MS,
      onError: this.#onError,
    });
  }

  /** The same step of the clock, seen by the beacon. */
  watch(step: () => Promise<number>): () => Promise<number> {
    return async () => {
      try {
        const waitMs = await step();
        const first = this.#goodMs === null;
        this.#goodMs = performance.now();
        if (first) this.#loop.wake();
        return waitMs;
      } catch (error) {
        this.#goodMs = null;
        throw error;
      }
    };
  }

  /** The settings may have changed. */
  wake(): void {
    this.#loop.wake();
  }

  async stop(): Promise<void> {
    await this.#loop.stop();
  }

  async #step(): Promise<number> {
    const settings = this.#options.settings();
    if (settings === null || !this.#isAlive()) return LOOK_MS;
    const beganMs = performance.now();
    try {
      await this.#show(settings);
    } catch (error) {
      this.#onError(error);
      return Math.min(settings.everyMs, RETRY_MS);
    }
    return settings.everyMs - (performance.now() - beganMs);
  }

  #isAlive(): boolean {
    return this.#goodMs !== null && performance.now() - this.#goodMs < SILENT_MS;
  }

  #show({ target }: HeartbeatSettings): Promise<void> {
    return target.type === "file" ? this.#writeFile(target.file) : this.#ask(target.url);
  }

  async #writeFile(name: string): Promise<void> {
    const file = resolve(dirname(this.#options.configFile), name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, `${new Date().toISOString()} ${this.#options.nodeId()}\n`);
  }

  async #ask(url: ValueSource): Promise<void> {
    const configDir = dirname(this.#options.configFile);
    const resolver = new SecretResolver({ configDir, env: process.env });
    const address = await resolver.resolveAddress(url, "node.heartbeat.url");
    try {
      await getOk(address);
    } catch (error) {
      throw new Error(createRedactor(resolver.secrets)(causeText(error)), { cause: error });
    }
  }
}

async function getOk(url: string): Promise<void> {
  const { status } = await exchange(
    {
      url,
      method: "GET",
      headers: new Map([["user-agent", "cronverge"]]),
      secretHeaders: [],
      body: null,
      secretBody: false,
      redirects: REDIRECTS,
      expect: [],
    },
    AbortSignal.timeout(SEND_MS),
  );
  if (status < 200 || status > 299) throw new Error(`the answer has status ${status}`);
}
