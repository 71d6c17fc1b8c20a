-- Recurring revenue: what the subscriptions earn at an instant (docs/design/accounts.md, docs/events.md).

-- Observations of a record, sorted by the vendor's clock. Between its told beginning and the first of them it was as first seen.
create table subscription_told as
with told as (
  select account, scope, id_of(data->'subscriptionId') as subscription, occurred, id, connection, data,
    case when instant_of(data->'startedAt') <= occurred + 86400000 then instant_of(data->'startedAt') end as began
  from event where starts_with(type, 'subscription.') and id_of(data->'subscriptionId') is not null),
placed as (
  select *, row_number() over (partition by account, scope, subscription order by occurred, id || '/' || connection) as place,
    min(began) over (partition by account, scope, subscription) as record_began
  from told join (select account, id, connection, type from event where starts_with(type, 'subscription.')) using (account, id, connection))
select account, scope, subscription, place, occurred, record_began, (data->>'amount')::double as amount, lower(trim(data->>'currency')) as currency,
  word_of(data->'interval') as interval, (data->>'intervalCount')::double as interval_count, instant_of(data->'startedAt') as started,
  instant_of(data->'endsAt') as ends, (data->>'cancelAtPeriodEnd')::boolean as cancels, (data->>'committed')::double as committed,
  (data->>'consumed')::double as consumed,
  case when place = 1 then least(occurred, coalesce(record_began, occurred)) else occurred end as since,
  case when type = 'subscription.canceled' then 'canceled' else coalesce(word_of(data->'status'), case when type = 'subscription.created' then 'active' end) end as status
from placed;

-- The instants that are asked about: the end of each day, and what the measures read.
create table revenue_instant as
select distinct instant from (
  select least((unnest(days) + 1) * 86400000 - 1, (select instant from clock)) as instant from metric_days
  union all select instant from wanted
  union all select instant from clock_instant
  union all select least - setting(settings, 'windowDays')::bigint * 86400000 from wanted where measure = 'arr_movement'
  union all select min(least(since, coalesce(record_began, since))) from subscription_told group by account);

create table subscription_at as
with fields as (
  select account, scope, subscription, instant, arg_max(status, place) as status, arg_max(amount, place) as amount, arg_max(currency, place) as currency,
    arg_max(interval, place) as interval, arg_max(interval_count, place) as interval_count, arg_max(started, place) as started,
    arg_max(ends, place) as ends, arg_max(cancels, place) as cancels, arg_max(committed, place) as committed, arg_max(consumed, place) as consumed
  from subscription_told join revenue_instant on since <= instant
  group by all)
select *, status in ('canceled', 'cancelled') or coalesce(cancels, false) as is_canceled,
  is_running and coalesce(status not in ('trialing', 'trial', 'unpaid', 'incomplete', 'incomplete_expired', 'paused'), true) as earns,
  case when is_running and coalesce(status not in ('trialing', 'trial', 'unpaid', 'incomplete', 'incomplete_expired', 'paused'), true)
    then coalesce(amount, 0) * a_year / case when interval_count >= 1 then interval_count else 1 end else 0 end as yearly
from (
  select *, not coalesce(ends <= instant, coalesce(status in ('canceled', 'cancelled'), false)) and coalesce(status not in ('ended', 'expired'), true) as is_running,
    case when interval in ('day', 'daily') then 365 when interval in ('week', 'weekly') then 52 when interval in ('quarter', 'quarterly') then 4
      when interval in ('year', 'yearly', 'annual', 'annually') then 1 else 12 end as a_year
  from fields where coalesce(started <= instant, true));

-- Money (docs/design/money.md): minor units of a currency in those of another, over the euro, by the last rate of a day that is at most 35 days old.
create macro minor_digits(code) as case when code in ('jpy', 'krw', 'vnd', 'clp', 'isk') then 0 when code in ('kwd', 'bhd', 'tnd', 'jod', 'omr') then 3 else 2 end;

create table rate_at as
select days.day, 'eur' as currency, 1.0::double as rate from (select distinct day_of(instant) as day from revenue_instant) days
union all
select days.day, rate.currency, arg_max(rate.rate, rate.day) from (select distinct day_of(instant) as day from revenue_instant) days
join rate on rate.day <= days.day and rate.day >= days.day - 35 group by all;

-- Whole units for one minor unit of a currency, in the euro and in the reporting currency; null: there is no rate.
create table worth as
select codes.currency, days.day, e.rate as per_euro,
  case when codes.currency = reporting.currency then 1 else 10.0 ** minor_digits(reporting.currency) / 10.0 ** minor_digits(codes.currency) * r.rate / e.rate end as reported,
  1 / (10.0 ** minor_digits(codes.currency) * e.rate) as euros
from (select distinct currency from subscription_told union select distinct lower(trim(data->>'currency')) from event where data->>'currency' is not null
  union select lower(trim(value->>'$')) from attribute_since where name = 'currency' union select currency from reporting) codes(currency)
cross join (select distinct day from rate_at) days cross join reporting
left join rate_at e on e.currency = codes.currency and e.day = days.day
left join rate_at r on r.currency = reporting.currency and r.day = days.day;

-- By the account's currency of an asked instant, or (null) by that of today: what names no currency is in it, without one in the reporting currency.
create table recurring_at as
with own as (
  select account, at_instant, lower(trim(value->>'$')) as currency from attribute_at where name = 'currency'
  union all select account, null, lower(trim(value->>'$')) from attribute where name = 'currency'),
wanted_by as (select account, instant as at_instant from account cross join asked union all select account, null from account)
select s.account, w.at_instant, s.instant, coalesce(s.currency, nullif(own.currency, ''), (select currency from reporting)) as currency, sum(s.yearly) as yearly
from subscription_at s join wanted_by w on w.account = s.account left join own on own.account = s.account and own.at_instant is not distinct from w.at_instant
group by all having sum(s.yearly) <> 0;

-- A number, or text that is one.
create macro told_number(j) as case when json_type(j) in ('UBIGINT', 'BIGINT', 'DOUBLE', 'VARCHAR') then try_cast(trim(j->>'$') as double) end;

-- A person's figure comes first, from when it was written; subscriptions next; then a source's figure. At the rates of the day.
insert into metric
with day as (select unnest(days) as day from metric_days),
-- As it stood at the end of the day; before the first of it, what is written now counts and says nothing yet.
written as (
  select a.account, a.name as metric, day.day, coalesce(max_by(s.person, s.since) filter (s.since < (day + 1) * 86400000), any_value(a.person)) as person,
    coalesce(max_by(to_json(s.value), s.since) filter (s.since < (day + 1) * 86400000), any_value(a.value)) as value,
    coalesce(bool_or(s.since < (day + 1) * 86400000), false) as is_known
  from attribute a join attribute_since s using (account, name) cross join day where a.name in ('mrr', 'arr', 'currency') group by a.account, a.name, day.day),
subscribed as (select distinct account from subscription_told),
told_day as (select day, least((day + 1) * 86400000 - 1, (select instant from clock)) as instant from day),
earned as (
  select r.account, t.day, sum(r.yearly * w.reported) as yearly, bool_or(w.reported is null) as lacks
  from told_day t join recurring_at r on r.instant = t.instant and r.at_instant is null left join worth w on w.currency = r.currency and w.day = day_of(t.instant) group by all),
figure as (
  select w.*, told_number(w.value) * worth.reported as reported
  from written w join told_day t using (day)
  left join written c on c.account = w.account and c.day = w.day and c.metric = 'currency'
  left join worth on worth.day = day_of(t.instant) and worth.currency = coalesce(nullif(lower(trim(c.value->>'$')), ''), (select currency from reporting))
  where w.metric <> 'currency')
select account.account, metrics.metric, day.day, case
  when not coalesce(person, false) and subscribed.account is not null then case when not coalesce(lacks, false) then round(coalesce(yearly, 0) / parts) end
  when told_number(value) is null then 0
  when is_known then round(reported) end
from account
cross join (values ('mrr', 12), ('arr', 1)) metrics(metric, parts)
cross join day
left join figure on figure.account = account.account and figure.metric = metrics.metric and figure.day = day.day
left join subscribed on subscribed.account = account.account
left join earned on earned.account = account.account and earned.day = day.day;
