import type { NewBan } from "../store/bans.ts";
import {
  flagFingerprints,
  readFingerprints,
  type Fingerprint,
  type Flag,
} from "../store/fingerprints.ts";
import type { RequiredColumns } from "../store/required-columns.ts";
import { hoursBefore } from "./ages.ts";
import { bansTold, beginBanning, type Banning } from "./bans.ts";
import type { BuiltinContext, BuiltinJob } from "./contract.ts";
import { judgeFingerprint, type Judgement, type Thresholds } from "./judge-fingerprint.ts";
import type { Parameters } from "./parameters.ts";
import { counted, remarks, totals } from "./report.ts";
import { sweepAll, type Swept } from "./sweep.ts";
import { walkPages } from "./walk-pages.ts";

/** Flags clients that ask too much in an hour, and bans the addresses of those that go on for days. */
export const behavioralAnalysis: BuiltinJob = {
  async run(context) {
    const { enforce } = context;
    const { parameters, asOf, budget, bans } = await beginBanning(context, {
      source: "behavioral_analysis",
      reads: READS,
    });
    const { seen, flags } = await analyze(context, { asOf, parameters, budget, bans });
    const expired = await sweepAll([bans.removal], { ...context, budget });
    const countOf = ({ found, done }: Swept): number => (enforce ? done : found);
    const told = [
      `${enforce ? "flagged" : "would flag"} ${countOf(flags)}`,
      ...bansTold([bans.swept, ...expired], enforce),
    ];
    const looked = `Looked at ${counted(seen, flags.nouns)}: ${told.join(", ")}`;
    const message = [looked, ...remarks([flags, ...expired], { enforce, budget })].join("; ");
    return { message, ...totals([flags, bans.swept]) };
  },
};

const READS: RequiredColumns = {
  fingerprint_reputation: [
    "fingerprint_hash",
    "last_seen_at",
    "requests_last_hour",
    "peak_requests_per_minute",
    "sustained_high_velocity_minutes",
    "is_flagged",
    "flag_reason",
    "flagged_at",
    "reputation_score",
    "abuse_incidents",
    "last_abuse_at",
    "last_ip_address",
    "last_user_agent",
    "updated_at",
  ],
  user_sessions: ["fingerprint_hash", "started_at"],
};

/** Walks all clients that were seen lately, and notes what they did wrong. */
async function analyze(
  { database, enforce }: BuiltinContext,
  { asOf, parameters, budget, bans }: Banning,
): Promise<{ seen: number; flags: Swept }> {
  const rule = {
    asOf,
    since: hoursBefore(asOf, parameters.number("window_hours")),
    incidentHours: parameters.number("incident_hours"),
    forgiveDays: parameters.number("forgive_days"),
  };
  const limits = thresholdsOf(parameters);
  const banIncidents = parameters.number("ban_incidents");
  const flags: Swept = {
    nouns: ["client", "clients"],
    found: 0,
    done: 0,
    failed: 0,
    finished: false,
  };
  let seen = 0;
  const pages = walkPages(budget, (page) => readFingerprints(database, { ...rule, ...page }));
  for await (const { fingerprints, next } of pages) {
    const incidents = fingerprints.flatMap((client) => incidentOf(client, limits));
    // The bans come first: should the run be cut in between, the next one finds the incidents anew.
    const repeated = incidents.filter(({ client }) => client.incidents >= banIncidents);
    await budget.batch(() => bans.add(repeated.flatMap(({ client }) => toBan(client))));
    if (enforce && incidents.length > 0) {
      const noted = { asOf, flags: incidents.map(toFlag) };
      flags.done += (await budget.batch(() => flagFingerprints(database, noted))).length;
    }
    seen += fingerprints.length;
    flags.found += incidents.length;
    flags.finished = next === null;
  }
  return { seen, flags };
}

interface Incident {
  client: Fingerprint;
  judgement: Judgement;
}

/** One that is counted already is none: what goes on for hours happened once. */
function incidentOf(client: Fingerprint, limits: Thresholds): Incident[] {
  const judgement = client.isCounted ? null : judgeFingerprint(client, limits);
  return judgement === null ? [] : [{ client, judgement }];
}

function toFlag({ client, judgement }: Incident): Flag {
  const { hash, lastAbuseAt, incidents } = client;
  return { hash, lastAbuseAt, incidents: incidents + 1, ...judgement };
}

function toBan({ address, hash, userAgent }: Fingerprint): NewBan[] {
  if (address === null) return [];
  const reason = "Automated: repeated behavioral violations";
  return [{ address, reason, fingerprint: hash, userAgent }];
}

function thresholdsOf(parameters: Parameters): Thresholds {
  return {
    requestsPerHour: parameters.number("requests_per_hour"),
    requestsPerMinute: parameters.number("requests_per_minute"),
    sustainedMinutes: parameters.number("sustained_minutes"),
    sessionsPerHour: parameters.number("sessions_per_hour"),
    lowestReputation: parameters.number("lowest_reputation"),
  };
}
