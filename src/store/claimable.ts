import { freeKeys, waits } from "./admit-sql.ts";
import { STARTS_AT_CLAIM } from "./starts-at-claim.ts";

/** What may be claimed now, but for its key. What is past its deadline never starts. */
const RIPE = `e.available_at <= clock_timestamp()
     and (e.deadline_at is null or e.deadline_at > clock_timestamp())`;

/** The part of the index that a pending row is in: 1 where it waits for a key. */
const PART = "(case when e.exclusive_key is not null and not e.holds_key then 1 else 0 end)";

/** The order in which executions get slots and keys. */
const ORDER = "priority desc, available_at, id";

/** Keys that are looked at one by one where those that many executions wait for are all held. */
const MOST_KEYS = 1_000;

/** The most that one statement claims of `limit` executions: the power of four below it, up to 256. */
export function claimStep(limit: number): number {
  return 4 ** Math.min(4, Math.floor(Math.log(limit) / Math.log(4) + 1e-9));
}

/**
 * Claims up to `limit` executions for the node, or those of the ids `$1` alone. Node and limit are a
 * part of the text: the server plans a statement without parameters once, and this one, with them,
 * each time anew, which takes longer than to run it.
 *
 * Two sorts are pending, and the index `executions_pending` keeps them apart. What has no key, or holds
 * its own, is taken in order as far as slots go, around what others lock. Of what waits for a key only
 * the first ones can go, as many as slots of the key are free: the keys are found at the front of the
 * line, and where that is blocked, by a walk from key to key. So neither ten thousand executions of one
 * key nor ten thousand keys are read to find a few.
 *
 * Whoever loses the race for a key gets the error 23505 for the whole statement, and repeats it. With
 * ids, the line is ignored: a process that runs but what it was asked for must not wait for others
 * that nobody may be there to run.
 */
export function claimStatement(options: { nodeId: string; limit: number; only: boolean }): string {
  const { limit } = options;
  const node = `'${options.nodeId.replaceAll("'", "''")}'`;
  const among = options.only ? "and e.id = any ($1::text[])" : "";
  return `
with recursive owner as materialized (
  select from nodes where id = ${node} and state in ('live', 'draining') for share),
ready as materialized (
  select e.id, e.priority, e.available_at, e.exclusive_key as key, false as queued
    from executions e
   where exists (select from owner) and e.status = 'pending' ${among}
     and ${PART} = 0 and ${RIPE}
   order by ${ORDER} limit ${limit} for update skip locked),
${waitedKeys(limit, among)},
chosen as materialized (
  select * from (
    select * from ready
    union all select * from first_heads
    union all ${heads("far_keys", among)}) c
   order by ${ORDER} limit ${limit}),
locked as materialized (
  select e.id from chosen c join executions e on e.id = c.id
   where c.queued and ${waits("e")} for update of e skip locked),
claimed as (${claimChosen(node)})
select c.*, extract(epoch from deadline_at - clock_timestamp())::double precision * 1000
         as deadline_left_ms
  from claimed c order by ${ORDER}`;
}

/** The keys that executions wait for: `front_keys` with their `first_heads`, and `far_keys`. */
function waitedKeys(limit: number, among: string): string {
  const front = limit * 2 + 64;
  return `
front as materialized (
  select e.exclusive_key, e.key_slots from executions e
   where exists (select from owner) and e.status = 'pending' ${among}
     and ${PART} = 1 and ${RIPE}
   order by ${ORDER} limit ${front}),
front_keys as materialized (
  select exclusive_key, max(key_slots) as key_slots from front group by exclusive_key),
first_heads as materialized (${heads("front_keys", among)}),
walk as (
  (select e.exclusive_key, e.key_slots from executions e
    where (select count(*) from front) = ${front}
      and (select count(*) from first_heads) < ${limit} and ${waits("e")}
    order by e.exclusive_key limit 1)
  union all
  select n.exclusive_key, n.key_slots from walk cross join lateral (
    select e.exclusive_key, e.key_slots from executions e
     where ${waits("e")} and e.exclusive_key > walk.exclusive_key
     order by e.exclusive_key limit 1) n),
far_keys as materialized (
  select * from (select * from walk limit ${MOST_KEYS}) w
   where not exists (select from front_keys f where f.exclusive_key = w.exclusive_key))`;
}

/** Makes the node the owner of those that are `chosen`, and `locked` where they waited for a key. */
function claimChosen(node: string): string {
  return `
  update executions e
     set status = 'running', node_id = ${node}, fence = nextval('fence_seq'),
         version_id = j.version_id, revision_id = j.revision_id,
         exclusive_key = c.key, holds_key = c.key is not null,
         queue_key = case when e.queue_key = e.job_id then e.queue_key end,
         attempt = e.attempt + s.starts::integer,
         started_at = case when s.starts then clock_timestamp() end,
         late_at = case when s.starts and e.late_at >= clock_timestamp() then null
                        else e.late_at end
    from chosen c, scheduled_jobs j, lateral (
      select ${STARTS_AT_CLAIM} as starts) s
   where e.id = c.id and j.id = e.job_id
     and (not c.queued or exists (select from locked l where l.id = c.id))
  returning e.id, e.job_id, j.job_name, e.version_id, e.revision_id, j.spec_hash, e.trigger,
            e.scheduled_for, e.parameters, e.triggered_by, e.fence, e.trace_id, e.started_at,
            e.attempt, e.max_attempts, e.deadline_at, e.priority, e.available_at`;
}

/** The first executions that wait for each of the keys, as many as may have it now. */
function heads(keys: string, among: string): string {
  return `
  select e.id, e.priority, e.available_at, free.keys[h.place] as key, true as queued
    from ${keys} k
   cross join lateral (select ${freeKeys("k")} as keys) free
   cross join lateral unnest(array(
     select e.id from executions e
      where ${waits("e")} and e.exclusive_key = k.exclusive_key and ${RIPE} ${among}
      order by ${ORDER} limit cardinality(free.keys))) with ordinality as h(id, place)
    join executions e on e.id = h.id`;
}
