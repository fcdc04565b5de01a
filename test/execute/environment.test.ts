import assert from "node:assert/strict";
import { test } from "node:test";
import { buildEnvironment } from "../../src/execute/environment.ts";
import { ValueUnavailable } from "../../src/execute/secrets.ts";
import { check } from "../config/checking.ts";
import { attemptRequest, jobSpec, NO_PERMISSIONS } from "./attempt.ts";

/** One of each kind that no run is given. */
const REFUSED = `
  NODE_OPTIONS NODE_PATH NODE_EXTRA_CA_CERTS NODE_REPL_HISTORY NODE_V8_COVERAGE NODE_CHANNEL_FD
  LD_PRELOAD LD_LIBRARY_PATH DYLD_INSERT_LIBRARIES GCONV_PATH
  BASH_ENV ENV BASH_FUNC_x SHELLOPTS IFS
  PYTHONPATH PYTHONSTARTUP PERL5LIB PERL5OPT PERL5DB PERLLIB RUBYOPT RUBYLIB
  GIT_DIR CRONVERGE_DATABASE_URL CRONVERGE_FENCE`
  .trim()
  .split(/\s+/);

for (const name of REFUSED) {
  test(`a run refuses ${name}, and \`check\` says so before`, async () => {
    const run = { type: "command", command: "true" } as const;
    const given = jobSpec(run, { env: { [name]: "x" } });
    const granted = jobSpec(run, { permissions: { ...NO_PERMISSIONS, env: [name] } });
    for (const spec of [given, granted]) {
      await assert.rejects(
        buildEnvironment(attemptRequest(spec), { [name]: "x" }),
        ValueUnavailable,
      );
    }
    const found = check(
      `jobs:\n  a:\n    command: [x]\n    env: {${name}: x}\n    permissions: {env: [${name}]}\n`,
    );
    assert.deepEqual(
      found.map(({ rule, line }) => ({ rule, line })),
      [4, 5].map((line) => ({ rule: "permissions/variable", line })),
    );
  });
}

test("variables that only tell a program something are given", async () => {
  const names = ["NODE_ENV", "LANG", "GITHUB_SHA", "PERL_UNICODE", "LDAP_URL", "CRONVERGETEST"];
  const spec = jobSpec(
    { type: "command", command: "true" },
    { env: Object.fromEntries(names.map((name) => [name, "x"])) },
  );
  const { env } = await buildEnvironment(attemptRequest(spec), {});
  assert.ok(names.every((name) => env[name] === "x"));
  const own = names.map((name) => `${name}: x`).join(", ");
  assert.deepEqual(check(`jobs:\n  a: {command: [x], env: {${own}}}\n`), []);
});
