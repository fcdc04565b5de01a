import { json } from "./connection.ts";
import type { AgedRows } from "./pages.ts";
import type { Queryable } from "./queryable.ts";

/** An address that is to be shut out. */
export interface NewBan {
  address: string;
  reason: string;
  fingerprint: string | null;
  userAgent: string | null;
}

/** Bans whose time is over; one without an end, and a permanent one, has none. */
export const EXPIRED_BANS: AgedRows = {
  table: "banned_ips",
  key: "ip_address",
  time: "expires_at",
  only: "not is_permanent",
};

/** The addresses among these that are banned at that instant. */
export async function findBanned(
  db: Queryable,
  { asOf, addresses }: { asOf: Date; addresses: readonly string[] },
): Promise<string[]> {
  const rows = await db.query<{ address: string }>(
    `select ip_address as address from banned_ips b
      where ip_address = any ($2::text[]) and (${IN_FORCE})`,
    [asOf, addresses],
  );
  return rows.map((row) => row.address);
}

/**
 * Bans each address, once each, for so many days. One that is banned already stays as it is: it is
 * neither prolonged nor counted again. Returns the addresses that are banned now and were not before.
 */
export async function banAddresses(
  db: Queryable,
  given: { asOf: Date; days: number; source: string; bans: readonly NewBan[] },
): Promise<string[]> {
  const { asOf, days, source, bans } = given;
  const rows = await db.query<{ address: string }>(
    `insert into banned_ips as b (ip_address, reason, banned_at, expires_at, last_user_agent,
                                  source_fingerprint, ban_source)
     select address, reason, $1::timestamptz, $1::timestamptz + $2::float8 * interval '1 day',
            "userAgent", fingerprint, $3
       from jsonb_to_recordset($4::text::jsonb)
              as n(address text, reason text, fingerprint text, "userAgent" text)
      order by address
     on conflict (ip_address) do update
        set reason = excluded.reason, banned_at = excluded.banned_at,
            expires_at = excluded.expires_at, ban_count = b.ban_count + 1,
            last_user_agent = coalesce(excluded.last_user_agent, b.last_user_agent),
            source_fingerprint = coalesce(excluded.source_fingerprint, b.source_fingerprint),
            ban_source = excluded.ban_source
      where not (${IN_FORCE})
     returning b.ip_address as address`,
    [asOf, days, source, json(bans)],
  );
  return rows.map((row) => row.address);
}

const IN_FORCE = "b.is_permanent or b.expires_at is null or b.expires_at > $1::timestamptz";
