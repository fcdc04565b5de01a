import type { BuiltinParameter, NumberParameter, TextsParameter } from "./builtin-parameters.ts";

const EXEMPT: TextsParameter = prefixes(
  "Beginnings of addresses that are never banned, beside private ones",
);

/** What `behavioral_analysis` calls too much. All of it is of an hour or a minute, never of a life. */
export const ANALYSIS_PARAMETERS: Record<string, BuiltinParameter> = {
  window_hours: count(1, "Hours within which a client must have been seen to be looked at", 168),
  requests_per_hour: count(600, "Requests in its last hour beyond which a client is flagged"),
  requests_per_minute: {
    kind: "number",
    description: "Requests in a minute that count as a high speed when there are more",
    default: 10,
    minimum: 1,
    maximum: 1_000_000,
    fractions: true,
  },
  sustained_minutes: count(60, "Minutes of high speed from which on a client is flagged"),
  sessions_per_hour: count(10, "Sessions in its last hour beyond which a client is flagged"),
  lowest_reputation: count(20, "Reputation below which a client is flagged", 100),
  incident_hours: count(24, "Hours after an incident in which no other one is counted", 8_760),
  forgive_days: count(30, "Days without an incident after which the former ones are forgotten"),
  ban_incidents: count(3, "Incidents after which the next one leads to a ban", 1_000),
  ban_days: count(7, "Days that a ban lasts", 3_650),
  exempt_prefixes: EXEMPT,
};

/** What `malicious_ip_blacklist` bans an address for. */
export const BLACKLIST_PARAMETERS: Record<string, BuiltinParameter> = {
  window_hours: count(24, "Only sessions that began within so many hours are counted", 720),
  volume_sessions: count(100, "Sessions of people from which on their address is banned"),
  scanner_sessions: count(3, "Sessions of scanners from which on their address is banned"),
  datacenter_prefixes: prefixes("Beginnings of addresses of which one session is enough"),
  high_risk_countries: {
    kind: "texts",
    description: "Countries of which country_sessions are enough",
    default: [],
    pattern: /^[A-Z]{2}$/,
    each: "a country by two capital letters",
  },
  country_sessions: count(5, "Sessions from which on an address of high_risk_countries is banned"),
  ban_days: count(14, "Days that a ban lasts", 3_650),
  exempt_prefixes: EXEMPT,
};

function count(fallback: number, description: string, maximum = 1_000_000): NumberParameter {
  return { kind: "number", description, default: fallback, minimum: 1, maximum };
}

function prefixes(description: string): TextsParameter {
  return {
    kind: "texts",
    description,
    default: [],
    pattern: /^[0-9A-Fa-f][0-9A-Fa-f.:]{1,44}$/,
    each: "the beginning of an address, such as 203.0.113.",
  };
}
