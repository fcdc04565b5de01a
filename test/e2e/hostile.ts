import { symlink } from "node:fs/promises";
import { join } from "node:path";
import type { TestRepository } from "../helpers/repository.ts";
import { CONFIG } from "./review-history.ts";

/** What each of these would do, if anything of a pull request ran. */
const WRITE = `import { writeFileSync } from "node:fs";
writeFileSync(new URL("./pwned", import.meta.url), "import");
`;

/** Text that speaks to GitHub's runner, to a browser, to a terminal or to people. */
export const SHOUTS: string = [
  "::error::pwned",
  "##[add-mask]pwned",
  "<img src=x onerror=alert(1)>",
  "![x](https://evil.example/x.png)",
  "@everyone closes #1",
  "`` ```` -->",
  "\\u001b[31mred\\u001b]0;title\\u0007",
  "\\u202Eesrever",
  "|",
].join(" ");

const BASE = `jobs:
  trusted:
    description: Does what it says
    schedule: "@daily"
    parameters: {a: 1}
`;

const HOSTILE = `jobs:
  trusted:
    description: "${SHOUTS}"
    schedule: "@hourly"
    parameters: {"${SHOUTS}": "::set-output name=x::y\\n::error::second line", a: 1}
    permissions: {net: true, read: ["../..", "::warning::path"]}
    tags: [ok]
  newcomer:
    schedule: "0 5 * * *"
    command: ["echo", "::stop-commands::x", "<b>bold</b>", "\${{ secrets.TOKEN }}"]
    env: {NOTE: "\\u001b[2J::endgroup::"}
`;

/** Mistakes whose messages quote what is hostile. */
export const BROKEN: string = `jobs:
  "<script>alert(1)</script>": {schedule: "@daily"}
  "::error::job": {schedule: "::add-mask::x"}
  trusted:
    shedule: "##[group]x"
    "![x](https://evil.example/x.png)": 1
    tags: ["${SHOUTS}"]
    timeout: "<b>@everyone</b>"
    plugin: "../../../etc/passwd"
`;

/** A branch `pull-request` off `main` with everything that could make a tool run something of it. */
export async function hostilePullRequest(repository: TestRepository): Promise<void> {
  const { root } = repository;
  const plugin = "services/scheduler/plugins/trusted.ts";
  await repository.write(CONFIG, BASE);
  await repository.write(plugin, "export default () => 1;\n");
  await repository.write("package.json", '{"name": "victim"}\n');
  repository.commit("Trusted");
  repository.git("switch", "--quiet", "--create", "pull-request");
  await repository.write(CONFIG, HOSTILE);
  await repository.write(
    plugin,
    `${WRITE}import "#evil";\nimport "./_helper.ts";\nexport default await import("./_late.js");\n`,
  );
  await repository.write("services/scheduler/plugins/_helper.ts", WRITE);
  await repository.write("services/scheduler/plugins/_late.js", WRITE);
  await repository.write("services/scheduler/plugins/::error::x <img src=x>.ts", WRITE);
  await repository.write("evil.js", WRITE);
  await repository.write(
    "package.json",
    JSON.stringify({
      name: "victim",
      scripts: { prepare: "touch pwned", preinstall: "touch pwned", test: "touch pwned" },
      imports: { "#evil": "./evil.js" },
      esbuild: { plugins: ["./evil.js"] },
    }),
  );
  await repository.write("evil.json", '{"compilerOptions": {"plugins": [{"name": "./evil.js"}]}}');
  await repository.write("tsconfig.json", '{"extends": "./evil.json"}');
  await repository.write("services/scheduler/tsconfig.json", '{"extends": "../../evil.json"}');
  await repository.write(".npmrc", "node-options=--require ./evil.js\nscript-shell=./evil.js\n");
  await repository.write(".env", "CRONVERGE_DATABASE_URL=postgres://evil.example/x\n");
  await repository.write(".gitattributes", "* filter=evil diff=evil textconv=evil merge=evil\n");
  await repository.write(
    ".gitmodules",
    '[submodule "x"]\n\tpath = x\n\turl = --upload-pack=touch pwned\n',
  );
  await symlink("/etc/passwd", join(root, "services/scheduler/plugins/passwd.ts"));
  await symlink("/", join(root, "services/scheduler/plugins/everything"));
  repository.commit("Innocent change <b>::error::subject");
}

/** Programs that the hostile attributes name; a checkout's own settings may define them. */
export function defineEvilPrograms(repository: TestRepository): void {
  for (const [key, value] of [
    ["filter.evil.clean", "touch pwned; cat"],
    ["filter.evil.smudge", "touch pwned; cat"],
    ["diff.evil.textconv", "touch pwned; cat"],
    ["diff.evil.command", "touch pwned"],
    ["core.fsmonitor", "touch pwned"],
    ["core.pager", "touch pwned"],
    ["log.showSignature", "true"],
    ["gpg.program", "touch pwned"],
  ] as const) {
    repository.git("config", key, value);
  }
}
