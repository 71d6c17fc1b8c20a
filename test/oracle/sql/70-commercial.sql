-- The commercial part: what is owed, how revenue moved, what was bought and used, and how far the renewal is.

create table debt_told as
select account, scope, split_part(type, '.', 1) as kind, coalesce(id_of(data->'invoiceId'), '') as invoice, id_of(data->(split_part(type, '.', 1) || 'Id')) as record,
  occurred, id || '/' || connection as tie, (data->>'amount')::double as amount, lower(trim(data->>'currency')) as currency, instant_of(data->'due') as due,
  id_of(data->'invoiceId') as invoice_id,
  case type when 'invoice.created' then coalesce(word_of(data->'status'), 'open') when 'invoice.paid' then 'paid' when 'invoice.overdue' then 'overdue' when 'invoice.voided' then 'void'
    when 'payment.succeeded' then 'succeeded' when 'payment.failed' then 'failed' when 'payment.refunded' then 'refunded' else word_of(data->'status') end as status,
  list(connection) over (partition by account, scope, split_part(type, '.', 1), id_of(data->(split_part(type, '.', 1) || 'Id'))) as tellers
from event where split_part(type, '.', 1) in ('invoice', 'payment') and id_of(data->(split_part(type, '.', 1) || 'Id')) is not null;

-- Before the first event of a kind nothing is measured.
create table revenue_wanted as
select distinct account, instant, clocks from (
  select account, instant, clocks from wanted join measure_source using (measure) where source = 'revenue'
  union select account, instant, clocks from reading_clock join flag_source on flag = ask where source = 'revenue' and instant is not null) i
where exists (from fact_time f where f.account = i.account and f.source = 'revenue' and f.known_to <= i.instant);
-- Each subscription as of the instant up to which who told of it is known.
create table subscription_read as
with teller as (
  select account, scope, id_of(data->'subscriptionId') as subscription, list(distinct connection) as tellers from event where starts_with(type, 'subscription.') and id_of(data->'subscriptionId') is not null group by all)
select w.instant, w.clocks, s.* exclude (instant), s.instant as clock
from revenue_wanted w join teller t using (account)
join subscription_at s on s.account = t.account and s.scope = t.scope and s.subscription = t.subscription and s.instant = clock_of(w.clocks, t.tellers, w.instant);

create table debt_at as
with seen as (
  select w.account, w.instant, w.clocks, d.* exclude (account), clock_of(w.clocks, d.tellers, w.instant) as clock,
    lag(d.status) over (partition by w.account, w.instant, w.clocks, d.scope, d.kind, d.record order by d.status is null, d.occurred, d.tie) as before
  from revenue_wanted w join debt_told d on d.account = w.account and d.occurred <= clock_of(w.clocks, d.tellers, w.instant))
select account, instant, clocks, scope, kind, record, any_value(clock) as clock, max_by(amount, (occurred, tie)) filter (amount is not null) as amount, max_by(currency, (occurred, tie)) filter (currency is not null) as currency,
  max_by(due, (occurred, tie)) filter (due is not null) as due, max_by(invoice_id, (occurred, tie)) filter (invoice_id is not null) as invoice,
  max_by(status, (occurred, tie)) filter (status is not null) as status, max(occurred) filter (status is not null and status is distinct from before) as since
from seen group by all;

create macro is_settled(status) as coalesce(status in ('paid', 'void', 'voided', 'refunded', 'credited', 'draft'), false);

-- Payments that were refused and not made since: of the same invoice, or, where none is named, of the same amount.
create table refused_at as
with payment as (select *, coalesce(invoice, concat_ws('/', '', amount, currency)) as debt from debt_at where kind = 'payment')
select f.account, f.instant, f.clocks, f.clock, f.scope, f.record, f.invoice, f.amount, f.currency, f.since
from payment f
left join debt_at i on i.kind = 'invoice' and i.account = f.account and i.instant = f.instant and i.clocks = f.clocks and i.scope = f.scope and i.record = f.invoice
where f.status = 'failed' and not is_settled(i.status)
  and not exists (from payment p where p.account = f.account and p.instant = f.instant and p.clocks = f.clocks and p.debt = f.debt and p.status = 'succeeded' and p.since >= f.since);

insert into measured
with overdue as (
  select i.account, i.instant, i.clocks, day_of(i.clock) - day_of(coalesce(i.due, case when i.status = 'overdue' then i.since end)) as days,
    case when i.amount is null then 1 else i.amount - coalesce((
      select sum(p.amount) from debt_at p where p.kind = 'payment' and p.account = i.account and p.instant = i.instant and p.clocks = i.clocks and p.scope = i.scope and p.invoice = i.record and p.status = 'succeeded'), 0) end as amount,
    coalesce(i.currency, '') as currency
  from debt_at i where i.kind = 'invoice' and not is_settled(i.status)
  union all
  select r.account, r.instant, r.clocks, day_of(r.clock) - day_of(r.since), case when r.amount > 0 then r.amount else 1 end, coalesce(r.currency, '')
  from refused_at r
  where r.invoice is null or not exists (from debt_told d where d.kind = 'invoice' and d.account = r.account and d.record = r.invoice)),
-- What names no currency is in the account's as of the asked instant, without one in the reporting currency.
own as (select account, at_instant, nullif(lower(trim(value->>'$')), '') as currency from attribute_at where name = 'currency'),
due as (
  select o.account, o.instant, o.clocks, w.at_instant, o.days, o.amount, coalesce(nullif(o.currency, ''), own.currency, (select currency from reporting)) as currency
  from overdue o join (select distinct account, instant, clocks, at_instant from wanted where measure = 'payment_standing') w using (account, instant, clocks)
  left join own on own.account = o.account and own.at_instant = w.at_instant
  where o.days > 0 and o.amount > 0),
mean as (select account, instant, clocks, at_instant, currency, sum(amount * days) / sum(amount) as days from due group by all),
-- Several currencies are weighed in euros by the rates of the day; where one has none, the worst of them counts.
whole as (
  select due.account, due.instant, due.clocks, due.at_instant, sum(amount * euros * days) / sum(amount * euros) as days, bool_or(euros is null) as lacks, count(distinct due.currency) as currencies
  from due left join worth on worth.currency = due.currency and worth.day = day_of(due.instant) group by all)
select account, measure, settings, instant, coalesce((
  select case when w1.currencies = 1 or w1.lacks then (select max(days) from mean m where m.account = w.account and m.instant = w.instant and m.clocks = w.clocks and m.at_instant = w.at_instant) else w1.days end
  from whole w1 where w1.account = w.account and w1.instant = w.instant and w1.clocks = w.clocks and w1.at_instant = w.at_instant), 0)
from wanted w where measure = 'payment_standing' and exists (from debt_at d where d.account = w.account and d.instant = w.instant and d.clocks = w.clocks);

create table recurring_read as
with own as (select account, at_instant, lower(trim(value->>'$')) as currency from attribute_at where name = 'currency')
select s.account, asked.instant as at_instant, s.instant, s.clocks, coalesce(s.currency, nullif(own.currency, ''), (select currency from reporting)) as currency, sum(s.yearly) as yearly
from subscription_read s cross join asked left join own on own.account = s.account and own.at_instant = asked.instant
group by all having sum(s.yearly) <> 0;

-- In one currency as they are, in several by the rates of the start on both sides; nothing left is −1 whatever the rates.
insert into measured
with first as (select account, min(least(since, coalesce(record_began, since))) as began from subscription_told group by account),
sides as (
  select w.account, w.measure, w.settings, w.instant, w.at_instant, w.clocks, greatest(began, w.least - setting(w.settings, 'windowDays')::bigint * 86400000) as starts
  from wanted w join revenue_wanted using (account, instant, clocks) join first using (account)
  where w.measure = 'arr_movement' and began <= w.least - setting(w.settings, 'historyDaysMin')::bigint * 86400000),
parts as (
  select sides.*, r.currency, r.yearly, is_start, is_now, worth.euros
  from sides join (
    select account, at_instant, instant, '' as clocks, currency, yearly, true as is_start, false as is_now from recurring_at
    union all select account, at_instant, instant, clocks, currency, yearly, false, true from recurring_read) r
  on r.account = sides.account and r.at_instant = sides.at_instant and case when is_start then r.instant = sides.starts else r.instant = sides.instant and r.clocks = sides.clocks end
  left join worth on worth.currency = r.currency and worth.day = day_of(sides.starts))
select account, measure, settings, instant, case
  when coalesce(sum(yearly) filter (is_now), 0) = 0 and count(*) filter (is_now) = 0 then -1
  when list(struct_pack(currency, yearly) order by currency, yearly) filter (is_now) = list(struct_pack(currency, yearly) order by currency, yearly) filter (is_start) then 0
  when count(distinct currency) = 1 then sum(yearly) filter (is_now) / sum(yearly) filter (is_start) - 1
  else sum(yearly * euros) filter (is_now) / sum(yearly * euros) filter (is_start) - 1 end as value
from parts group by account, measure, settings, instant, at_instant
having bool_or(is_start and yearly > 0) and value is not null and (count(distinct currency) = 1 or count(*) filter (is_now) = 0 or not bool_or(euros is null) or value = 0);

insert into measured
with told as (
  select account, instant, clocks, committed, consumed, case when ends > started then (clock - started) / (ends - started) end as elapsed
  from subscription_read where is_running and committed > 0 and consumed is not null),
all_told as (
  select told.account, asked.instant as at_instant, told.instant, told.clocks, committed, consumed, elapsed from told cross join asked
  union all
  select p.account, p.at_instant, w.instant, w.clocks, p.committed, p.consumed, null from profile p join revenue_wanted w using (account)
  where p.committed > 0 and p.consumed >= 0 and not exists (from told t where t.account = p.account and t.instant = w.instant and t.clocks = w.clocks))
select w.account, w.measure, w.settings, w.instant, sum(consumed) / sum(committed * least(1, greatest(setting(w.settings, 'termElapsedMin'), coalesce(elapsed, 1))))
from wanted w join revenue_wanted using (account, instant, clocks) join all_told t on t.account = w.account and t.at_instant = w.at_instant and t.instant = w.instant and t.clocks = w.clocks where w.measure = 'commitment_use' group by w.account, w.measure, w.settings, w.instant;

create table deal_told as
select account, scope, id_of(data->'opportunityId') as deal, occurred, id || '/' || connection as tie, lower(trim(data->>'stage')) as stage,
  instant_of(data->'closeDate') as close, lower(data->>'renewal') as renewal, word_of(data->'kind') as kind,
  case when instant_of(data->'createdAt') <= occurred + 86400000 then instant_of(data->'createdAt') end as began,
  case type when 'opportunity.created' then coalesce(word_of(data->'status'), 'open') when 'opportunity.won' then 'won' when 'opportunity.lost' then 'lost' else word_of(data->'status') end as status,
  list(connection) over (partition by account, scope, id_of(data->'opportunityId')) as tellers
from event where starts_with(type, 'opportunity.') and id_of(data->'opportunityId') is not null;

create table deal_at as
select w.account, w.instant, w.clocks, d.scope, d.deal, max_by(stage, (occurred, tie)) filter (stage is not null) as stage, max_by(close, (occurred, tie)) filter (close is not null) as close,
  coalesce(max_by(renewal = 'true', (occurred, tie)) filter (renewal is not null), false) or coalesce(contains(max_by(kind, (occurred, tie)) filter (kind is not null), 'renewal'), false) as is_renewal,
  max_by(status, (occurred, tie)) filter (status is not null) as status, min(occurred) as first_seen
from revenue_wanted w join deal_told d on d.account = w.account and d.occurred <= clock_of(w.clocks, d.tellers, w.instant) group by all;

insert into measured
with renews as (
  select w.*, coalesce(profile.renewal,
    (select min(ends) from subscription_read s where s.account = w.account and s.instant = w.instant and s.clocks = w.clocks and s.is_running and s.ends is not null),
    (select min(close) from deal_at d where d.account = w.account and d.instant = w.instant and d.clocks = w.clocks and d.is_renewal and close is not null and coalesce(status not in ('won', 'lost'), true))) as renews
  from wanted w join profile using (account, at_instant)
  where measure = 'renewal_step' and exists (from deal_at d where d.account = w.account and d.instant = w.instant and d.clocks = w.clocks)),
step as (select account, settings, instant, unnest(from_json(settings::json->'steps', '[{"daysBefore":"bigint","stages":["varchar"]}]')) as step, generate_subscripts(from_json(settings::json->'steps', '["json"]'), 1) as place from renews),
candidate as (
  select r.account, r.settings, r.instant, d.*exclude (account, instant, clocks), d.is_renewal and (d.close is null or abs(d.close - renews) <= setting(r.settings, 'closeWithinDays') * 86400000) as marked,
    coalesce(abs(d.close - renews) <= setting(r.settings, 'closeWithinDays') * 86400000, false) as near
  from renews r join deal_at d on d.account = r.account and d.instant = r.instant and d.clocks = r.clocks),
chosen as (select *, bool_or(marked) over (partition by account, settings, instant) as has_marked from candidate),
reached as (
  select c.account, c.settings, c.instant, max(case when c.status = 'won' then (select max(place) from step s where s.account = c.account and s.settings = c.settings and s.instant = c.instant)
    when c.status = 'lost' then 0
    else coalesce((select max(place) from step s where s.account = c.account and s.settings = c.settings and s.instant = c.instant and list_contains(s.step.stages, c.stage)), 0) end) as reached
  from chosen c where case when has_marked then marked else near end group by all)
select r.account, measure, r.settings, r.instant, greatest(0,
  (select count(*) from step s where s.account = r.account and s.settings = r.settings and s.instant = r.instant and day_of(renews) - day_of(least) <= s.step.daysBefore) - coalesce(reached, 0))
from renews r left join reached using (account, settings, instant) where renews is not null;
