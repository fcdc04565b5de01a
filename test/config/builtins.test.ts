import assert from "node:assert/strict";
import { test } from "node:test";
import { desire } from "./checking.ts";

test("a built-in that deletes more than it was named for, or bans, only observes by default", () => {
  const enforces = (text: string): unknown => {
    const [job] = desire(`jobs:\n  ${text}\n`).jobs;
    return job?.spec.run.type === "builtin" ? job.spec.run.enforce : null;
  };
  assert.equal(enforces("cleanup_inactive_sessions: {}"), true);
  assert.equal(enforces("log-cleanup: {enforce: false}"), false);
  for (const name of [
    "cleanup_empty_contexts",
    "database_cleanup",
    "behavioral_analysis",
    "malicious-ip-blacklist",
  ]) {
    assert.equal(enforces(`${name}: {}`), false, name);
    assert.equal(enforces(`${name}: {enforce: true}`), true, name);
  }
});

test("a built-in has all its parameters, lists among them", () => {
  const [job] = desire(
    "jobs:\n  malicious_ip_blacklist: {parameters: {volume_sessions: 50}}\n",
  ).jobs;
  assert.deepEqual(job?.spec.parameters, {
    window_hours: 24,
    volume_sessions: 50,
    scanner_sessions: 3,
    datacenter_prefixes: [],
    high_risk_countries: [],
    country_sessions: 5,
    ban_days: 14,
    exempt_prefixes: [],
  });
});
