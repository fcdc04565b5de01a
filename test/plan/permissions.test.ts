import assert from "node:assert/strict";
import { test } from "node:test";
import type { JobSpec, Permissions } from "../../src/model/job.ts";
import type { HttpRequest } from "../../src/model/request.ts";
import {
  grantedPermissions,
  isUnrestricted,
  narrowedPermissions,
  widenedPermissions,
  widenings,
} from "../../src/plan/permissions.ts";
import { spec } from "./jobs.ts";

const NOTHING: Permissions = {
  net: false,
  run: false,
  read: [],
  write: [],
  env: [],
  database: [],
};

function plugin(permissions: Partial<Permissions>, given: Partial<JobSpec> = {}): JobSpec {
  return spec("a", { permissions: { ...NOTHING, ...permissions }, ...given });
}

const command = spec("a", { run: { type: "command", command: "make" } });

function request(given: Partial<HttpRequest>): JobSpec {
  const http: HttpRequest = {
    url: "https://one.example/ping",
    method: "POST",
    headers: { Authorization: { env: "API_TOKEN" } },
    body: null,
    expect: [200],
    redirects: 0,
  };
  return spec("a", { run: { type: "http", http: { ...http, ...given } } });
}

test("each grant that is new is a widening", () => {
  const after = plugin({
    net: true,
    run: true,
    read: ["./data", "./data/x"],
    write: ["./out"],
    env: ["TOKEN"],
    database: ["app"],
  });
  assert.deepEqual(widenedPermissions(plugin({ read: ["./data"] }), after), [
    "run: false → true, which is unrestricted",
    "net: false → true",
    "read: + ./data/x",
    "write: + ./out",
    "database: + app",
    "env: + TOKEN",
  ]);
});

test("equal, reordered and narrowed grants are no widening", () => {
  const wide = plugin({ net: true, read: ["./a", "./b"], env: ["X"] });
  assert.deepEqual(widenedPermissions(wide, wide), []);
  assert.deepEqual(widenedPermissions(wide, plugin({ net: true, read: ["./b", "./a"] })), []);
  assert.deepEqual(widenedPermissions(wide, plugin({})), []);
});

test("a plugin that becomes a command is a widening, and not the reverse", () => {
  assert.deepEqual(widenedPermissions(plugin({}), command), [
    "plugin → command, which is unrestricted",
  ]);
  assert.deepEqual(widenedPermissions(command, plugin({ net: true })), []);
});

test("a secret of the node that reaches the job is a widening for every kind", () => {
  const after: JobSpec = { ...command, env: { A: { env: "TOKEN" }, B: { file: "/run/key" } } };
  assert.deepEqual(widenedPermissions(command, after), ["env: + TOKEN", "file: + /run/key"]);
  const granted = plugin({ env: ["TOKEN"] });
  assert.deepEqual(widenedPermissions(granted, plugin({}, { env: { A: { env: "TOKEN" } } })), []);
});

test("secrets that go to another host are a widening", () => {
  const moved = request({ url: "https://two.example/ping" });
  assert.deepEqual(widenedPermissions(request({}), moved), [
    "secrets go to https://two.example, before to https://one.example",
  ]);
  const elsewhere = request({ url: "https://one.example/other" });
  assert.deepEqual(widenedPermissions(request({}), elsewhere), []);
});

test("requests that go to another host are a widening without secrets, too", () => {
  const open = request({ headers: {} });
  assert.deepEqual(widenedPermissions(open, request({ headers: {}, url: "http://one.example/" })), [
    "requests go to http://one.example, before to https://one.example",
  ]);
  const follows = request({ headers: {}, redirects: 3 });
  assert.deepEqual(widenedPermissions(open, follows), ["redirects are followed, to any host"]);
  assert.deepEqual(widenedPermissions(follows, open), []);
});

test("each grant that is gone is a narrowing, but not for what became unrestricted", () => {
  const wide = plugin({ net: true, run: true, read: ["./a"], write: ["./b"], database: ["app"] });
  const lost = [
    "run: true → false",
    "net: true → false",
    "read: - ./a",
    "write: - ./b",
    "database: - app",
  ];
  assert.deepEqual(narrowedPermissions(wide, plugin({})), lost);
  assert.deepEqual(narrowedPermissions(wide, request({ headers: {} })), lost);
  assert.deepEqual(narrowedPermissions(wide, command), []);
  assert.deepEqual(narrowedPermissions(command, plugin({})), [
    "command → plugin, no longer unrestricted",
  ]);
  assert.deepEqual(narrowedPermissions(request({}), request({ headers: {} })), [
    "env: - API_TOKEN",
  ]);
});

test("what a job may do is told by kind and grant", () => {
  assert.deepEqual(grantedPermissions(plugin({})), []);
  assert.deepEqual(grantedPermissions(plugin({ net: true, read: ["./d"], env: ["T"] })), [
    "net",
    "read: ./d",
    "env: T",
  ]);
  assert.deepEqual(grantedPermissions(command), ["unrestricted (command)"]);
  assert.deepEqual(grantedPermissions(request({})), [
    "a request to https://one.example",
    "env: API_TOKEN",
  ]);
});

test("a widening names its permission and what came into its list", () => {
  const after = plugin({ net: true, read: ["./d"] }, { env: { A: { file: "/run/key" } } });
  assert.deepEqual(
    widenings(plugin({}), after).map(({ permission, entry }) => [permission, entry]),
    [
      ["net", null],
      ["read", "./d"],
      [null, null],
    ],
  );
});

test("what starts programs is unrestricted, whatever words stand in its grants", () => {
  assert.equal(isUnrestricted(command), true);
  assert.equal(isUnrestricted(plugin({ run: true })), true);
  assert.equal(isUnrestricted(plugin({ net: true, read: ["./unrestricted"] })), false);
  assert.equal(isUnrestricted(request({})), false);
});

const alarm = (http: Partial<HttpRequest>): JobSpec["onFailure"] => ({
  type: "http",
  http: {
    url: "https://alerts.example/in",
    method: "POST",
    headers: {},
    body: null,
    expect: [200],
    redirects: 0,
    ...http,
  },
});
const script: JobSpec["onFailure"] = { type: "command", command: ["./alert.sh"] };

test("what tells of failures counts as what it is", () => {
  const told = plugin({}, { onFailure: script });
  assert.deepEqual(grantedPermissions(told), ["on_failure: a command, which is unrestricted"]);
  assert.equal(isUnrestricted(told), true);
  const sent = plugin({}, { onFailure: alarm({ headers: { Authorization: { env: "ALERT" } } }) });
  assert.deepEqual(grantedPermissions(sent), [
    "on_failure: a request to https://alerts.example",
    "on_failure: env ALERT",
  ]);
  assert.equal(isUnrestricted(sent), false);
});

test("a hook that comes, goes further or may do more widens a job; one that goes narrows it", () => {
  const without = plugin({});
  const told = plugin({}, { onFailure: script });
  const sent = plugin({}, { onFailure: alarm({}) });
  assert.deepEqual(widenedPermissions(without, told), [
    "on_failure: + a command, which is unrestricted",
  ]);
  assert.deepEqual(narrowedPermissions(told, without), [
    "on_failure: - a command, which is unrestricted",
  ]);
  assert.deepEqual(widenedPermissions(told, sent), [], "a command could send it too");
  assert.deepEqual(narrowedPermissions(told, sent), [
    "on_failure: - a command, which is unrestricted",
  ]);
  const elsewhere = plugin(
    {},
    {
      onFailure: alarm({ url: "https://other.example", body: { file: "./secret" }, redirects: 1 }),
    },
  );
  assert.deepEqual(widenedPermissions(sent, elsewhere), [
    "on_failure: + a request to https://other.example",
    "on_failure: + redirects are followed, to any host",
    "on_failure: + file ./secret",
  ]);
  assert.deepEqual(widenedPermissions(sent, plugin({}, { onFailure: alarm({ body: "x" }) })), []);
});

test("a built-in may do more when it enforces, and when it works on another database", () => {
  const builtin = "database_cleanup";
  const observing = spec("a", { run: { type: "builtin", builtin, enforce: false } });
  const enforcing = spec("a", { run: { type: "builtin", builtin, enforce: true } });
  const elsewhere = spec("a", {
    run: { type: "builtin", builtin, enforce: true, database: "app" },
  });
  assert.deepEqual(widenedPermissions(observing, enforcing), ["enforce: false → true"]);
  assert.deepEqual(narrowedPermissions(enforcing, observing), ["enforce: true → false"]);
  assert.deepEqual(widenedPermissions(enforcing, elsewhere), ["database: + app"]);
  assert.deepEqual(narrowedPermissions(elsewhere, enforcing), ["database: - app"]);
  assert.deepEqual(widenedPermissions(command, elsewhere), [
    "command → trusted code of the scheduler (built-in)",
  ]);
  assert.deepEqual(grantedPermissions(elsewhere), [
    "trusted code of the scheduler (built-in)",
    "database: app",
  ]);
  const before = spec("a", { run: { type: "builtin", builtin } });
  assert.deepEqual(widenedPermissions(before, observing), []);
});
