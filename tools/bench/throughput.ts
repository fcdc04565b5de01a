import type { PartResult } from "./report.ts";
import { atLeast, figure } from "./report.ts";
import type { Measured, Road } from "./roads.ts";
import {
  BACKLOG,
  CONCURRENCY,
  GRAPHILE_WORKER,
  LEAST,
  makeTemplate,
  measureRoad,
  PG_BOSS,
  PG_BOSS_EACH,
  SCHEDULED,
} from "./roads.ts";
import type { BenchServer } from "./server.ts";
import { median } from "./statistics.ts";

const ROADS = [SCHEDULED, BACKLOG, LEAST, PG_BOSS, PG_BOSS_EACH, GRAPHILE_WORKER];

/** How many processes share the work. */
const PROCESSES = [1, 2];

/** Executions a second, of jobs that do nothing. Rounds are interleaved: a slow minute hits all. */
export async function measureThroughput(
  server: BenchServer,
  { count, rounds }: { count: number; rounds: number },
): Promise<PartResult> {
  await makeTemplate(server, count);
  const results = new Results();
  for (let round = 0; round < rounds; round += 1) {
    for (const processes of PROCESSES) {
      for (const road of ROADS) {
        results.add({ road, processes }, await measureRoad(server, { road, processes, count }));
      }
    }
  }
  return {
    tables: [
      {
        title: "Executions that do nothing, per second",
        columns: [
          "",
          "1 process",
          "2 processes",
          "inserts included",
          "client CPU µs each",
          "server CPU µs each",
        ],
        rows: ROADS.map((road) => rowOf(results, road)),
        note: `Medians of ${rounds} interleaved rounds of ${figure(count)} executions. node.concurrency is ${figure(CONCURRENCY)}, the highest there is. CPU times are those with 1 process.`,
      },
    ],
    findings: PROCESSES.flatMap((processes) => findingsOf(results, processes)),
  };
}

/** What all rounds gave. */
class Results {
  readonly #found = new Map<string, Measured[]>();

  add(at: { road: Road; processes: number }, measured: Measured): void {
    const key = keyOf(at);
    this.#found.set(key, [...(this.#found.get(key) ?? []), measured]);
  }

  /** Null where the road has no such figure. */
  median(at: { road: Road; processes: number }, figureOf: keyof Measured): number | null {
    const values = (this.#found.get(keyOf(at)) ?? []).flatMap((one) => one[figureOf] ?? []);
    return values.length === 0 ? null : median(values);
  }
}

function keyOf({ road, processes }: { road: Road; processes: number }): string {
  return `${processes} ${road.name}`;
}

function rowOf(results: Results, road: Road): string[] {
  const one = { road, processes: 1 };
  const shown = (value: number | null): string => (value === null ? "–" : figure(value));
  const rate = results.median(one, "perSecond");
  const inserts = results.median(one, "insertsPerSecond");
  // One after the other, as the two are measured.
  const whole = rate === null || inserts === null ? null : 1 / (1 / rate + 1 / inserts);
  return [
    road.name,
    shown(rate),
    shown(results.median({ road, processes: 2 }, "perSecond")),
    shown(road.recordFirst ? null : (whole ?? rate)),
    shown(results.median(one, "clientMicros")),
    shown(results.median(one, "serverMicros")),
  ];
}

function findingsOf(results: Results, processes: number): PartResult["findings"] {
  const ratio = (own: Road, peer: Road): number =>
    (results.median({ road: own, processes }, "perSecond") ?? 0) /
    (results.median({ road: peer, processes }, "perSecond") ?? 0);
  const by = processes === 1 ? "1 process" : `${processes} processes`;
  return [
    atLeast(`scheduled executions ÷ pg-boss, ${by}`, ratio(SCHEDULED, PG_BOSS), 1.5),
    atLeast(`scheduled executions ÷ graphile-worker, ${by}`, ratio(SCHEDULED, GRAPHILE_WORKER), 1),
    atLeast(`backlog ÷ pg-boss, ${by}`, ratio(BACKLOG, PG_BOSS), 1.5),
    atLeast(
      `backlog ÷ pg-boss with an outcome for each job, ${by}`,
      ratio(BACKLOG, PG_BOSS_EACH),
      1.5,
    ),
    atLeast(`backlog ÷ graphile-worker, ${by}`, ratio(BACKLOG, GRAPHILE_WORKER), 1),
  ];
}
