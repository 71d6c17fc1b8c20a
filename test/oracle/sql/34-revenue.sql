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
  union all select known_to from known where known_to is not null
  union all select instant - setting(settings, 'windowDays')::bigint * 86400000 from wanted where measure = 'arr_movement'
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
    then coalesce(amount, 0) / (months * coalesce(nullif(greatest(interval_count, 0), 0), 1)) else 0 end as monthly
from (
  select *, not coalesce(ends <= instant, coalesce(status in ('canceled', 'cancelled'), false)) and coalesce(status not in ('ended', 'expired'), true) as is_running,
    case when interval in ('day', 'daily') then 12 / 365 when interval in ('week', 'weekly') then 12 / 52 when interval in ('quarter', 'quarterly') then 3
      when interval in ('year', 'yearly', 'annual', 'annually') then 12 else 1 end as months
  from fields where coalesce(started <= instant, true));

-- By the account's currency of an asked instant, or (null) by that of today: in it where a subscription has it, with what names no currency; else in that of the greatest sum.
create table recurring_at as
with sums as (select account, instant, currency, sum(monthly) as monthly from subscription_at group by all),
own as (
  select account, at_instant, lower(trim(value->>'$')) as currency from attribute_at where name = 'currency'
  union all select account, null, lower(trim(value->>'$')) from attribute where name = 'currency'),
wanted_by as (select account, instant as at_instant from account cross join asked union all select account, null from account),
ranked as (
  select sums.*, wanted_by.at_instant, sums.currency = own.currency as is_own, row_number() over (partition by sums.account, wanted_by.at_instant, sums.instant order by coalesce(sums.currency = own.currency, false) desc, monthly desc, sums.currency nulls last) as rank, bool_or(monthly > 0) over (partition by sums.account, wanted_by.at_instant, sums.instant) as earns
  from sums join wanted_by on wanted_by.account = sums.account left join own on own.account = sums.account and own.at_instant is not distinct from wanted_by.at_instant)
select account, at_instant, instant, currency, earns, monthly + case when is_own then coalesce((select monthly from sums where sums.account = ranked.account and sums.instant = ranked.instant and currency is null), 0) else 0 end as monthly
from ranked where rank = 1;

-- A person's figure comes first, from when it was written; subscriptions next; then a source's figure.
insert into metric
with day as (select unnest(days) as day from metric_days),
-- As it stood at the end of the day; before the first of it, what is written now counts and says nothing yet.
written as (
  select a.account, a.name as metric, day.day, coalesce(max_by(s.person, s.since) filter (s.since < (day + 1) * 86400000), any_value(a.person)) as person,
    coalesce(max_by(to_json(s.value), s.since) filter (s.since < (day + 1) * 86400000), any_value(a.value)) as value,
    coalesce(bool_or(s.since < (day + 1) * 86400000), false) as is_known
  from attribute a join attribute_since s using (account, name) cross join day where a.name in ('mrr', 'arr') group by a.account, a.name, day.day),
subscribed as (select distinct account from subscription_told)
select account.account, metrics.metric, day.day, case
  when not coalesce(person, false) and subscribed.account is not null then round(coalesce(monthly, 0) * months)
  when value is null or json_type(value) not in ('UBIGINT', 'BIGINT', 'DOUBLE') then 0
  when is_known then (value->>'$')::double end
from account
cross join (values ('mrr', 1), ('arr', 12)) metrics(metric, months)
cross join day
left join written on written.account = account.account and written.metric = metrics.metric and written.day = day.day
left join subscribed on subscribed.account = account.account
left join recurring_at on recurring_at.account = account.account and recurring_at.at_instant is null and recurring_at.instant = least((day.day + 1) * 86400000 - 1, (select instant from clock));
