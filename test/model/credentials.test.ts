import { test } from "node:test";
import assert from "node:assert/strict";
import {
  credentialsIn,
  credentialsInArguments,
  credentialsInCommand,
  hideStretches,
  isSecretName,
  mayBeSecretName,
} from "../../src/model/credentials.ts";

const hide = (text: string): string => hideStretches(text, credentialsIn(text), "***");
const hideLine = (line: string): string => hideStretches(line, credentialsInCommand(line), "***");

test("tokens of known forms are found in any text", () => {
  const tokens = [
    "ghp_0123456789abcdefghijABCDEFGHIJ012345",
    "github_pat_11ABCDEFG0123456789_abcdefgh",
    "AKIA0123456789ABCDEF",
    "xoxb-123456789012-abcdef",
    "xoxp-123456789012-abcdef",
    "sk_live_0123456789abcdef",
    "glpat-0123456789abcdefghij",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
    "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----",
  ];
  for (const token of tokens) {
    assert.equal(hide(`x ${token}`), "x ***", token);
    assert.equal(hideLine(`run "${token}"`), 'run "***"', token);
  }
  assert.equal(hide("x -----BEGIN PRIVATE KEY-----\nMIIE"), "x ***", "one that is cut off");
  for (const word of [
    "ghp_short",
    "AKIAlowercase1234567",
    "eyJ.eyJ",
    "xoxb",
    "mask_live_0123456789",
  ]) {
    assert.equal(hide(word), word);
  }
});

test("passwords and tokens in addresses are found, variables and ports are not", () => {
  assert.equal(hide("postgres://u:p:w@h:5432/d"), "postgres://u:***@h:5432/d");
  assert.equal(hide("redis://:pw@h amqp://u:pw@h"), "redis://:***@h amqp://u:***@h");
  assert.equal(hide("https://h/x?a=1&api_key=abc&b=2"), "https://h/x?a=1&api_key=***&b=2");
  for (const text of [
    "postgres://u:$PW@h/d",
    "postgres://u:${PW}@h/d",
    "http://h:8080/a@b",
    "http://h:8080?x=a@b",
    "https://h/?token=$TOKEN&token_url=x",
    "mail me: a@b.example",
  ]) {
    assert.equal(hide(text), text);
  }
});

test("options, assignments and headers of a command are found", () => {
  const lines: [string, string][] = [
    ["x --password=hunter2 y", "x --password=*** y"],
    ["x --password hunter2 y", "x --password *** y"],
    ["x --db-password='hunter 2' y", "x --db-password='***' y"],
    ['x --accessToken "a b"', 'x --accessToken "***"'],
    ["x -token=abc --api-key abc", "x -token=*** --api-key ***"],
    ["x --use-token --password abc", "x --use-token --password ***"],
    ["PGPASSWORD=abc pg_dump;API_TOKEN=abc x", "PGPASSWORD=*** pg_dump;API_TOKEN=*** x"],
    ['curl -H "Authorization: Bearer abc" h', 'curl -H "Authorization: Bearer ***" h'],
    ["curl -H 'X-Api-Key:abc' h", "curl -H 'X-Api-Key:***' h"],
  ];
  for (const [line, shown] of lines) assert.equal(hideLine(line), shown);
});

test("what stands for a secret, or only speaks of one, is no credential", () => {
  for (const line of [
    "x --password=$PW --token ${TOKEN} --secret `cat f`",
    'x --password="$PW" --token "$(cat f)"',
    "x --password-file /run/pw --token-file=./t --password=/run/pw",
    "pg_dump --no-password app",
    "x --token {{token}} --token <token> --password @file --password -",
    "x --password=*** --use-secret=false --secret id=npm,src=.npmrc",
    "openssl -pass env:PW",
    "x --bypass yes --compass north --tokens-per-minute 100",
    "TOKEN_FILE=x TOKEN=$T x",
    'curl -H "Authorization: Bearer $TOKEN" -H "Content-Type: text/plain" h',
  ]) {
    assert.equal(hideLine(line), line);
  }
});

test("in a list the value of an option is the next argument, or the rest of its own", () => {
  const show = (command: string[]): string[] => {
    const found = credentialsInArguments(command);
    return command.map((argument, index) => hideStretches(argument, found[index] ?? [], "***"));
  };
  assert.deepEqual(show(["x", "--token", "a b 'c", "y"]), ["x", "--token", "***", "y"]);
  assert.deepEqual(show(["x", "--password=a b"]), ["x", "--password=***"]);
  assert.deepEqual(show(["x", "-H", "Cookie: a=b; c=d"]), ["x", "-H", "Cookie: ***"]);
  assert.deepEqual(show(["sh", "-c", "x --token abc y"]), ["sh", "-c", "x --token *** y"]);
  const plain = ["x", "--token", "$T", "--password", "--other", "--no-password", "app", "--token"];
  assert.deepEqual(show(plain), plain);
});

test("names of secrets, of what may be one, and of what is about one", () => {
  const secret = ["API_TOKEN", "dbPassword", "PGPASSWORD", "db-pass", "Authorization", "api_key"];
  const vague = ["SSH_KEY", "private", "signature", "TOKEN_FILE", "token_url"];
  const plain = ["KEYBOARD", "compass", "author", "monkey", "PATH"];
  assert.deepEqual(secret.filter(isSecretName), secret);
  assert.deepEqual([...vague, ...plain].filter(isSecretName), []);
  assert.deepEqual([...secret, ...vague, ...plain].filter(mayBeSecretName), [...secret, ...vague]);
});

test("long texts are read in time that grows with their length", () => {
  for (const text of [
    "eyJ-",
    "-a",
    "--token ",
    "--token '",
    "://a:",
    "?a=",
    "a: ",
    "A=",
    "-----BEGIN PRIVATE KEY-----",
    "ghp_",
    "--password",
  ]) {
    const start = performance.now();
    credentialsInCommand(text.repeat(500_000 / text.length));
    credentialsInCommand(`${text}${" ".repeat(200_000)}`);
    assert.ok(performance.now() - start < 5_000, text);
  }
});
