import type { Page } from "./pages.ts";
import type { Queryable } from "./queryable.ts";

/** Why an address stands out, the gravest first where several hold. */
export type Offence = "volume" | "scanner" | "datacenter" | "country";

/** From how many sessions on an address stands out. */
export interface OffenceRule {
  /** Of sessions that no bot began. */
  volumeSessions: number;
  scannerSessions: number;
  /** Beginnings of addresses of which one session is enough. */
  datacenterPrefixes: readonly string[];
  /** By two capital letters. */
  countries: readonly string[];
  countrySessions: number;
}

/** The addresses of a page that stand out by the sessions which began from `since` to `until`. */
export async function findOffenders(
  db: Queryable,
  given: Page & OffenceRule & { since: Date; until: Date },
): Promise<{ offenders: { address: string; offence: Offence }[]; next: string[] | null }> {
  const { since, until, after, limit, ...rule } = given;
  const offenders = await db.query<{ address: string; offence: Offence }>(
    `with by_country as (
       select ip_address as address, country, count(*) as sessions,
              count(*) filter (where not is_bot) as people,
              count(*) filter (where is_scanner) as scanners
         from user_sessions
        where started_at >= $1::timestamptz and started_at <= $2::timestamptz
          and ip_address is not null and ip_address > $8
        group by ip_address, country),
     by_address as (
       select address,
              case when sum(people) >= $3 then 'volume'
                   when sum(scanners) >= $4 then 'scanner'
                   when exists (select from unnest($5::text[]) p where starts_with(address, p))
                     then 'datacenter'
                   when max(sessions) filter (where upper(country) = any ($6::text[])) >= $7
                     then 'country' end as offence
         from by_country group by address)
     select address, offence from by_address where offence is not null order by address limit $9`,
    [
      since,
      until,
      rule.volumeSessions,
      rule.scannerSessions,
      rule.datacenterPrefixes,
      rule.countries,
      rule.countrySessions,
      after?.[0] ?? "",
      limit,
    ],
  );
  const last = offenders.at(-1);
  return {
    offenders,
    next: last === undefined || offenders.length < limit ? null : [last.address],
  };
}
