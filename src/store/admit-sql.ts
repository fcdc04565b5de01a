import { REFUSALS } from "./admission.ts";

/** The rows that wait for a key, of which `alias` is one. Each condition of it has an index. */
export function waits(alias: string): string {
  return `${alias}.status = 'pending' and ${alias}.exclusive_key is not null and not ${alias}.holds_key`;
}

/** The keys of an array that nobody holds: those that `source` has the name and the slots of. */
export function freeKeys(source: string): string {
  return `case when ${source}.key_slots = 1
    then case when exists (select from executions h
                            where h.holds_key and h.exclusive_key = ${source}.exclusive_key)
              then '{}' else array[${source}.exclusive_key] end
    else array(select slot.key
                 from (select ${source}.exclusive_key || '#' || number
                         from ${slotNumbers(source)}) as slot(key)
                where (select h.id from executions h
                        where h.holds_key and h.exclusive_key = slot.key limit 1) is null) end`;
}

/** Rows that the clock records: nobody is there to ask again. */
function ofClock(alias: string): string {
  return `${alias}.trigger in ('schedule', 'catchup')`;
}

/** Who has keys that `source` has the name and the slots of: the columns of `h`, looked up one by one. */
function keyHolders(source: string): string {
  return `${slotNumbers(source)} cross join lateral (
            select h.id, h.job_id, h.trigger from executions h
             where h.holds_key and h.exclusive_key = ${source}.exclusive_key
                   || case when ${source}.key_slots > 1 then '#' || number else '' end limit 1) h`;
}

/** 0, 1, 2…: the planner takes them for ten, and a thousand of `generate_series` for costly. */
function slotNumbers(source: string): string {
  return `(select place - 1 from unnest(array_fill(0, array[${source}.key_slots]))
             with ordinality as slot(nought, place)) as numbers(number)`;
}

/**
 * The tail of every statement that records executions, which has them as the rows of its `candidate`:
 * id, job_id, job_name, version_id, revision_id, trigger, scheduled_for, due_at, covers_until,
 * covers_count, available_at, status (`running`: a slot of `node_id` is free for it; `pending`;
 * `skipped` with its `reason`), ordinal, nth (those before it of its job in this statement), turn (for
 * `running`: those before it that want its key; else those of its job that have a slot), the columns of
 * an `Admission`, parameters, triggered_by, backfill_id, node_id, starts (whether its claim is its
 * start). It yields what was `inserted`, `beaten` and `refused` (id, job_id, status, reason, fence,
 * started_at, version_id, revision_id).
 *
 * What it finds in the table only chooses the road; the unique indexes decide. So a row that was to run
 * and loses its key to another statement (`beaten`) waits, and one that loses its place is skipped.
 *
 * What looks odd here keeps the plan linear and on the right index: the planner takes each step for one
 * row, and the table for empty when it is young. So no step is joined with another, and what is looked
 * for by its key is asked for in the order of its index, or with a limit.
 *
 * Under `skip` a due time whose place a backfill run has is not skipped but `behind`: it waits for the
 * key, of which it is the next, and is the only one of its job that does. Who gets the key that a
 * `hold` was about to have is not seen from here; where backfills wait for it, it was one of them.
 * Whoever asks for a run by hand is answered at once, and may ask for another policy.
 *
 * A candidate that is recorded already is a repeat, and replaces nothing, least of all itself.
 *
 * The order that must hold: what is replaced is cancelled before its successor is inserted, which may
 * take its place; rows of a job are inserted in their order, so that the first gets the key.
 */
export const ADMIT: string = `
replacing as (
  select distinct c.job_id, c.exclusive_key, c.key_slots, null as newest from candidate c
   where c.rule = 'replace' and c.status <> 'skipped'
     and not exists (select from executions e where e.id = c.id)),
${replaced("replacing")},
weighed as materialized (
  select c.*,
         c.exclusive_key is not null and coalesce((
           select w.priority from executions w
            where ${waits("w")} and w.exclusive_key = c.exclusive_key and w.priority >= c.priority
              and (c.rule <> 'hold' or w.trigger <> 'backfill')
            order by w.priority desc, w.available_at, w.id limit 1) >= c.priority, false) as waited,
         case when c.exclusive_key is null or c.status = 'skipped' then '{}'
              else ${freeKeys("c")} end as free,
         case when c.rule in ('skip', 'queue_all') then (
           select count(*) from (
             select from executions w
              where ${waits("w")} and w.exclusive_key = c.exclusive_key and w.job_id = c.job_id
                and w.trigger <> 'backfill' and (c.rule = 'skip' or w.trigger <> 'catchup')
              limit c.queue_limit) as waiting) end as waiting,
         c.rule = 'skip' and c.key_slots = 1 and exists (
           select from executions h
            where h.holds_key and h.exclusive_key = c.exclusive_key
              and h.job_id = c.job_id
              and (h.trigger <> 'backfill' or not ${ofClock("c")})) as busy
    from candidate c),
decided as materialized (
  select w.*,
         case when w.status = 'skipped' then 'skipped'
              when w.rule = 'hold' and (w.waited or w.nth > 0) then 'skipped'
              when w.rule = 'skip' and w.key_slots = 1
                and (w.busy or w.waiting > 0 or w.nth > 0) then 'skipped'
              when w.rule = 'skip' and w.key_slots > 1
                and w.waiting + w.nth > cardinality(w.free) then 'skipped'
              when w.rule = 'hold' and w.free = '{}'
                or w.rule = 'skip' and w.key_slots > 1
                   and w.waiting + w.nth = cardinality(w.free)
              then case when ${ofClock("w")}
                          and exists (select from ${keyHolders("w")} where h.trigger = 'backfill')
                        then 'behind' else 'skipped' end
              when w.status = 'running' and not w.waited
                and (w.exclusive_key is null or w.turn < cardinality(w.free))
              then 'running'
              when w.rule = 'queue_all' and w.queue_limit <= w.waiting + w.nth
                - case when w.waited then 0 else least(w.turn, cardinality(w.free)) end
              then 'skipped'
              else 'pending' end as verdict
    from weighed w),
inserted as (${insertAs("d.verdict", "(select count(*) from replaced) >= 0")}),
beaten as (${insertAs(
  "case when d.rule = 'hold' then 'behind' else 'pending' end",
  `d.exclusive_key is not null and d.id not in (select id from inserted)
   and case when d.rule <> 'hold' then d.verdict = 'running'
            when ${ofClock("d")} and d.verdict in ('running', 'pending') then exists (
              select from executions w
               where ${waits("w")} and w.exclusive_key = d.exclusive_key
                 and w.trigger = 'backfill' limit 1)
            else false end`,
)}),
refused as (${insertAs(
  "'skipped'",
  `d.verdict <> 'skipped' and d.id not in (select id from inserted)
   and d.id not in (select id from beaten)`,
)})`;

/**
 * Ends what is open, but for `newest`, of the jobs of `source` (job_id, exclusive_key, key_slots,
 * newest): what waits is cancelled, what runs is asked to end. A row that is claimed at this moment is
 * judged by what it then is. Runs that were asked for beside the others, backfills, and the caught-up
 * runs of a job that runs all of them are not replaced.
 */
export function replaced(source: string): string {
  return `replaced as (
  update executions e
     set status = case when e.status = 'pending' then 'cancelled' else e.status end,
         reason = case when e.status = 'pending' then 'replaced' else e.reason end,
         finished_at = case when e.status = 'pending' then clock_timestamp() end,
         holds_key = e.holds_key and e.status <> 'pending',
         cancel_requested_at = coalesce(e.cancel_requested_at, clock_timestamp()),
         cancel_reason = coalesce(e.cancel_reason, 'replaced')
    from (
      select o.id, r.job_id
        from ${source} r
       cross join lateral (
         select w.id, w.job_id, w.trigger from executions w
          where ${waits("w")} and w.exclusive_key = r.exclusive_key
         union all
         select h.id, h.job_id, h.trigger from ${keyHolders("r")}) o
        join scheduled_jobs j on j.id = r.job_id
       where o.job_id = r.job_id and o.id is distinct from r.newest and o.trigger <> 'backfill'
         and not (o.trigger = 'catchup' and j.spec #>> '{catchup,policy}' = 'all')) older
   where e.id = older.id and (e.status = 'pending'
         or e.status = 'running' and e.cancel_requested_at is null)
  returning e.id)`;
}

/**
 * Inserts the decided rows for which `condition` holds with that verdict, and returns them. Its instants
 * are later than the look at the keys, and so than the end of whoever had one of them.
 */
function insertAs(verdict: string, condition: string): string {
  return `
  insert into executions (id, job_id, job_name, version_id, revision_id, trigger, scheduled_for,
      due_at, covers_until, covers_count, available_at, status, reason, finished_at, fence,
      exclusive_key, key_slots, holds_key, queue_key, attempt, max_attempts, priority, created_at,
      deadline_at, late_at, node_id, started_at, parameters, triggered_by, backfill_id, trace_id)
  select d.id, d.job_id, d.job_name, d.version_id, d.revision_id, d.trigger, d.scheduled_for,
      d.due_at, d.covers_until, d.covers_count, d.available_at,
      case when v.verdict = 'behind' then 'pending' else v.verdict end,
      case when v.verdict = 'skipped' then coalesce(d.reason, ${refusal("d.rule")}) end,
      case when v.verdict = 'skipped' then v.at end,
      case when v.verdict = 'running' then nextval('fence_seq') end,
      case when v.verdict = 'running' and d.key_slots > 1 and d.exclusive_key is not null
           then d.free[d.turn + 1] else d.exclusive_key end,
      d.key_slots,
      d.exclusive_key is not null
        and (v.verdict = 'running' or v.verdict = 'pending' and d.rule = 'hold'),
      case when v.verdict = 'skipped' then null
           when d.rule = 'skip' and d.key_slots = 1 then d.job_id
           when d.rule in ('queue_one', 'replace') and v.verdict = 'pending'
             or v.verdict = 'behind' then 'wait:' || d.job_id end,
      case when v.verdict = 'running' and d.starts then 1 else 0 end,
      d.max_attempts, d.priority, v.at, v.at + d.deadline_ms * interval '1 ms',
      case when v.verdict in ('pending', 'behind') or v.verdict = 'running' and not d.starts
             or d.due_at + d.late_after_ms * interval '1 ms' < v.at
           then d.due_at + d.late_after_ms * interval '1 ms' end,
      case when v.verdict in ('running', 'skipped') then d.node_id end,
      case when v.verdict = 'running' and d.starts then v.at end,
      d.parameters, d.triggered_by, d.backfill_id, d.id
    from decided d cross join lateral (
      select ${verdict}, clock_timestamp()) as v(verdict, at)
   where ${condition}
   order by d.ordinal
  on conflict do nothing
  returning id, job_id, status, reason, fence, started_at, version_id, revision_id`;
}

function refusal(rule: string): string {
  const cases = Object.entries(REFUSALS).map(([word, reason]) => `when '${word}' then '${reason}'`);
  return `case ${rule} ${cases.join(" ")} end`;
}
