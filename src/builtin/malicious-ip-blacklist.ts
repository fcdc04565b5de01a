import { findOffenders, type Offence, type OffenceRule } from "../store/offenders.ts";
import type { RequiredColumns } from "../store/required-columns.ts";
import { hoursBefore } from "./ages.ts";
import { bansTold, beginBanning } from "./bans.ts";
import type { BuiltinJob } from "./contract.ts";
import type { Parameters } from "./parameters.ts";
import { remarks, totals } from "./report.ts";
import { sweepAll } from "./sweep.ts";
import { walkPages } from "./walk-pages.ts";

/** Bans addresses that began too many sessions lately, or sessions of a kind that nobody wants. */
export const maliciousIpBlacklist: BuiltinJob = {
  async run(context) {
    const { database, enforce } = context;
    const { parameters, asOf, budget, bans } = await beginBanning(context, {
      source: "malicious_ip_blacklist",
      reads: READS,
    });
    const rule = ruleOf(parameters);
    const hours = parameters.number("window_hours");
    const since = hoursBefore(asOf, hours);
    const pages = walkPages(budget, (page) =>
      findOffenders(database, { ...rule, since, until: asOf, ...page }),
    );
    for await (const { offenders, next } of pages) {
      const candidates = offenders.map(({ address, offence }) => ({
        address,
        reason: REASONS[offence],
        fingerprint: null,
        userAgent: null,
      }));
      await budget.batch(() => bans.add(candidates));
      bans.swept.finished = next === null;
    }
    const swept = [bans.swept, ...(await sweepAll([bans.removal], { ...context, budget }))];
    const told = `Looked at the sessions of ${hours} hours: ${bansTold(swept, enforce).join(", ")}`;
    const message = [told, ...remarks(swept, { enforce, budget })].join("; ");
    return { message, ...totals([bans.swept]) };
  },
};

const READS: RequiredColumns = {
  user_sessions: ["started_at", "ip_address", "country", "is_bot", "is_scanner"],
};

const REASONS: Record<Offence, string> = {
  volume: "Automated: high request volume",
  scanner: "Automated: scanner activity detected",
  datacenter: "Automated: known datacenter IP range",
  country: "Automated: high-risk country pattern",
};

function ruleOf(parameters: Parameters): OffenceRule {
  return {
    volumeSessions: parameters.number("volume_sessions"),
    scannerSessions: parameters.number("scanner_sessions"),
    datacenterPrefixes: parameters.texts("datacenter_prefixes"),
    countries: parameters.texts("high_risk_countries"),
    countrySessions: parameters.number("country_sessions"),
  };
}
