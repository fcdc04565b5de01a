import { banAddresses, EXPIRED_BANS, findBanned, type NewBan } from "../store/bans.ts";
import { deleteAged, findAged } from "../store/pages.ts";
import { serverNow } from "../store/queryable.ts";
import type { RequiredColumns } from "../store/required-columns.ts";
import { isBannable } from "./bannable.ts";
import { Budget } from "./budget.ts";
import type { BuiltinContext } from "./contract.ts";
import { readParameters, type Parameters } from "./parameters.ts";
import { counted } from "./report.ts";
import type { Sweep, Swept } from "./sweep.ts";
import { BAN_COLUMNS, requireColumns } from "./tables.ts";

/** The jobs that ban, as the table names them. */
type BanSource = "behavioral_analysis" | "malicious_ip_blacklist";

/** What a job that bans works with. */
export interface Banning {
  parameters: Parameters;
  asOf: Date;
  budget: Budget;
  bans: Bans;
}

/**
 * Begins a run of a job that bans: by its parameters, on a database that has what it needs.
 *
 * @throws SchedulerError `database_failed`: tables or columns are missing
 */
export async function beginBanning(
  context: BuiltinContext,
  { source, reads }: { source: BanSource; reads: RequiredColumns },
): Promise<Banning> {
  const { database, enforce } = context;
  const parameters = readParameters(source, context.parameters);
  await requireColumns(context, { ...BAN_COLUMNS, ...reads });
  const asOf = await serverNow(database);
  const budget = new Budget(context);
  const bans = new Bans({
    database,
    enforce,
    asOf,
    days: parameters.number("ban_days"),
    source,
    exemptPrefixes: parameters.texts("exempt_prefixes"),
  });
  return { parameters, asOf, budget, bans };
}

interface BansOptions extends Pick<BuiltinContext, "database" | "enforce"> {
  asOf: Date;
  days: number;
  source: BanSource;
  exemptPrefixes: readonly string[];
}

/** The bans that one run decides on. */
export class Bans {
  readonly swept: Swept = {
    nouns: ["address", "addresses"],
    found: 0,
    done: 0,
    failed: 0,
    finished: false,
  };
  readonly #options: BansOptions;
  readonly #decided = new Set<string>();

  constructor(options: BansOptions) {
    this.#options = options;
  }

  /** Bans those that may be banned and are not yet. */
  async add(candidates: readonly NewBan[]): Promise<void> {
    const { database, enforce, exemptPrefixes, asOf, ...ban } = this.#options;
    const fresh = new Map(
      candidates
        .filter(({ address }) => !this.#decided.has(address) && isBannable(address, exemptPrefixes))
        .map((candidate) => [candidate.address, candidate]),
    );
    if (fresh.size === 0) return;
    for (const address of await findBanned(database, { asOf, addresses: [...fresh.keys()] })) {
      fresh.delete(address);
    }
    for (const address of fresh.keys()) this.#decided.add(address);
    this.swept.found += fresh.size;
    if (!enforce || fresh.size === 0) return;
    const banned = await banAddresses(database, { asOf, ...ban, bans: [...fresh.values()] });
    this.swept.done += banned.length;
  }

  /** The removal of bans whose time is over. One that is renewed by this run is not among them. */
  get removal(): Sweep {
    const { database, asOf: before } = this.#options;
    return {
      nouns: ["expired ban", "expired bans"],
      find: async (page) => {
        const { keys, next } = await findAged(database, EXPIRED_BANS, { before, ...page });
        return { keys: keys.filter((address) => !this.#decided.has(address)), next };
      },
      write: (keys) => deleteAged(database, EXPIRED_BANS, { before, keys }),
    };
  }
}

/** What was banned and what was removed, or would be, as parts of a message. */
export function bansTold(swept: readonly Swept[], enforce: boolean): string[] {
  return swept.map(({ found, done, nouns }, index) => {
    const verb = index === 0 ? BAN : REMOVE;
    return enforce
      ? `${verb.did} ${counted(done, nouns)}`
      : `would ${verb.do} ${counted(found, nouns)}`;
  });
}

const BAN = { do: "ban", did: "banned" };
const REMOVE = { do: "remove", did: "removed" };
