import { json } from "./connection.ts";
import type { Page } from "./pages.ts";
import type { Queryable } from "./queryable.ts";

/** A client by its fingerprint, with what it did lately. */
export interface Fingerprint {
  hash: string;
  requestsLastHour: number;
  peakRequestsPerMinute: number;
  sustainedMinutes: number;
  /** Those that it began in the hour before it was last seen. */
  sessionsLastHour: number;
  score: number;
  isFlagged: boolean;
  /** Those that are not forgotten. */
  incidents: number;
  /** An incident was counted so lately that no other one is. */
  isCounted: boolean;
  /** As the table has it, to be given back; null: never. */
  lastAbuseAt: string | null;
  address: string | null;
  userAgent: string | null;
}

/** When an incident counts, and for how long. */
export interface IncidentRule {
  asOf: Date;
  incidentHours: number;
  forgiveDays: number;
}

/** The clients of a page that were seen since `since`, in the order of their hashes. */
export async function readFingerprints(
  db: Queryable,
  given: Page & IncidentRule & { since: Date },
): Promise<{ fingerprints: Fingerprint[]; next: string[] | null }> {
  const { since, asOf, incidentHours, forgiveDays, after, limit } = given;
  const fingerprints = await db.query<Fingerprint>(
    `with f as materialized (
       select * from fingerprint_reputation
        where last_seen_at >= $1::timestamptz and fingerprint_hash > $2
        order by fingerprint_hash limit $3)
     select fingerprint_hash as hash, requests_last_hour as "requestsLastHour",
            peak_requests_per_minute as "peakRequestsPerMinute",
            sustained_high_velocity_minutes as "sustainedMinutes",
            (select count(*) from user_sessions s
              where s.fingerprint_hash = f.fingerprint_hash
                and s.started_at > f.last_seen_at - interval '1 hour'
                and s.started_at <= f.last_seen_at) as "sessionsLastHour",
            reputation_score as score, is_flagged as "isFlagged",
            case when last_abuse_at >= $4::timestamptz - $6::float8 * interval '1 day'
                 then abuse_incidents else 0 end as incidents,
            coalesce(last_abuse_at > $4::timestamptz - $5::float8 * interval '1 hour', false)
              as "isCounted",
            last_abuse_at::text as "lastAbuseAt", last_ip_address as address,
            last_user_agent as "userAgent"
       from f order by fingerprint_hash`,
    [since, after?.[0] ?? "", limit, asOf, incidentHours, forgiveDays],
  );
  const last = fingerprints.at(-1);
  return {
    fingerprints,
    next: last === undefined || fingerprints.length < limit ? null : [last.hash],
  };
}

/** What is noted of a client. */
export interface Flag {
  hash: string;
  reason: string;
  score: number;
  incidents: number;
  /** What was read: whoever noted something since has counted the incident. */
  lastAbuseAt: string | null;
}

/** Notes an incident of each of them, once; returns the hashes of those that it was noted of. */
export async function flagFingerprints(
  db: Queryable,
  { asOf, flags }: { asOf: Date; flags: readonly Flag[] },
): Promise<string[]> {
  const rows = await db.query<{ hash: string }>(
    `update fingerprint_reputation f
        set is_flagged = true, flag_reason = n.reason, flagged_at = $1::timestamptz,
            reputation_score = n.score, abuse_incidents = n.incidents,
            last_abuse_at = $1::timestamptz, updated_at = clock_timestamp()
       from jsonb_to_recordset($2::text::jsonb)
              as n(hash text, reason text, score integer, incidents integer, "lastAbuseAt" timestamptz)
      where f.fingerprint_hash = n.hash and f.last_abuse_at is not distinct from n."lastAbuseAt"
     returning f.fingerprint_hash as hash`,
    [asOf, json(flags)],
  );
  return rows.map((row) => row.hash);
}
