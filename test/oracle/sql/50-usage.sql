-- Usage: people and what they used, by whole UTC days; the instant's own day is seen whole.

create table feature_day as
select distinct account, day, user_id as person, coalesce(data->>'feature', data->>'name', data->>'event') as feature
from usage where type = 'feature.used' and user_id is not null and coalesce(data->>'feature', data->>'name', data->>'event') <> '';

create macro names_of(j) as list_distinct(case json_type(j) when 'ARRAY' then from_json(j, '["varchar"]') else list_transform(string_split_regex(j->>'$', '[,;]'), lambda name: trim(name)) end);
-- A number above 0; text is read.
create macro number_of(j) as case when try_cast(j->>'$' as double) > 0 then try_cast(j->>'$' as double) end;
create table profile as
with told as (select account, at_instant, map(list(name), list(value)) as told from attribute_at where has(value) group by all)
select account.account, asked.instant as at_instant, number_of(told['seats']) as seats, number_of(told['slaHours']) as sla_hours, number_of(told['cadenceDays']) as cadence_days,
  number_of(told['usualDaysToValue']) as usual_days, number_of(told['committed']) as committed, number_of(told['consumed']) as consumed,
  names_of(told['coreFeatures']) as core, names_of(told['entitledFeatures']) as entitled, day_of(instant_of(told['contractStart'])) as contract_start,
  instant_of(told['renewalDate']) as renewal, instant_of(told['noticeDate']) as notice, nullif(trim(told['segment']->>'$'), '') as segment, first_day, first_event
from account cross join asked left join told on told.account = account.account and told.at_instant = asked.instant
left join (select account, min(day) as first_day from person_day group by account) used on used.account = account.account
left join (select account, min(occurred) as first_event from event group by account) begun on begun.account = account.account;

-- Core features used by a person on a day; every feature where nobody said which are core.
create table use_day as
select account, core, day, person, count(*) filter (list_contains(core, feature) or core is null) as uses
from person_day join feature_day using (account, day, person) join (select distinct account, core from profile) using (account) group by all;

create table usage_wanted as select wanted.*, profile.* exclude (account, at_instant), setting(settings, 'windowDays')::bigint as length from wanted join profile using (account, at_instant) where first_day <= day;
create table usage_window as
with asked_for as (select distinct account, core, day, length, first_day from usage_wanted where length is not null),
span as (select a.account, a.core, a.day, a.length, a.first_day, person_day.person, person_day.day as used_on, coalesce(uses, 0) as uses
  from asked_for a join person_day on person_day.account = a.account and person_day.day > a.day - a.length and person_day.day <= a.day
  left join use_day on use_day.account = a.account and use_day.core is not distinct from a.core and use_day.day = person_day.day and use_day.person = person_day.person),
per_person as (select account, core, day, length, person, sum(uses) as uses, count(*) as days from span group by all)
select f.account, f.core, f.day, f.length, least(f.length, f.day - first_day + 1) as observed, coalesce(count(person), 0) as active, coalesce(sum(days), 0) as user_days,
  list(uses) filter (person is not null) as uses
from asked_for f left join per_person p on p.account = f.account and p.core is not distinct from f.core and p.day = f.day and p.length = f.length group by all;

create view usage_seen as select w.*, u.observed, u.active, u.user_days, u.uses from usage_wanted w join usage_window u on u.account = w.account and u.core is not distinct from w.core and u.day = w.day and u.length = w.length;

insert into measured select account, measure, settings, instant, active / seats
from usage_seen where measure = 'seat_use' and seats > 0;

insert into measured select account, measure, settings, instant, case when active = 0 then 0 else user_days / observed / active end
from usage_seen where measure = 'stickiness';

insert into measured
with allowed as (select account, at_instant, unnest(list_filter(core, lambda name: entitled is null or list_contains(entitled, name))) as feature from profile),
needed as (select *, greatest(setting(settings, 'usersMin'), setting(settings, 'seatsShareMin') * coalesce(seats, 0)) as users_needed from usage_wanted where measure = 'breadth'),
people as (
  select n.account, n.settings, n.instant, allowed.feature, users_needed, count(distinct person) as people
  from needed n join allowed using (account, at_instant)
  left join feature_day f on f.account = n.account and f.feature = allowed.feature and f.day > n.day - n.length and f.day <= n.day
  group by all)
select account, 'breadth', settings, instant, count(*) filter (people >= users_needed) / count(*) from people group by all;

insert into measured
select account, measure, settings, instant,
  case when active = 0 then 0 else len(list_filter(uses, lambda n: n >= setting(settings, 'usesPerWeekMin') * observed / 7)) / active end
from usage_seen where measure = 'depth';

insert into measured
with sums as (
  select w.account, w.measure, w.settings, w.instant, setting(settings, 'dampingUserDays') as damping,
    count(person) filter (p.day > w.day - 1 - length) as lately, count(person) filter (p.day <= w.day - 1 - length) as before
  from usage_wanted w left join person_day p on p.account = w.account and p.day > w.day - 1 - 2 * length and p.day <= w.day - 1
  where measure = 'trend' and first_day <= w.day - 2 * length
  group by all)
select account, measure, settings, instant, ln((lately + damping) / (before + damping)) from sums where lately + before > 0;

insert into measured
select w.account, measure, settings, instant, w.day - max(d.day)
from usage_wanted w join (
  select account, core, day from use_day where uses > 0 and core is not null
  union select account, null, day from person_day) d on d.account = w.account and d.core is not distinct from w.core and d.day <= w.day
where measure = 'recency' group by w.account, measure, settings, instant, w.day;

-- Time to value: from the start until a core feature is used by enough people on one day, looked for in 180 days, or twice the usual days; of a start of which no days are kept nothing can be said.
insert into measured
with people as (
  select account, core, day, count(distinct person) as people from use_day where uses > 0 and core is not null group by all
  union all select account, null, day, count(distinct person) from person_day group by all),
start as (
  select account, at_instant, core, coalesce(contract_start, day_of((select min(since) from subscription_told s where s.account = profile.account))) as start_day, usual_days, first_event from profile),
reached as (
  select w.account, w.settings, w.instant, w.day, w.measure, start_day, usual_days, min(people.day) as reached_on
  from wanted w join start using (account, at_instant)
  left join people on people.account = w.account and people.core is not distinct from start.core and people >= setting(settings, 'peopleMin') and people.day >= start_day and people.day < start_day + least(greatest(180, ceil(2 * coalesce(usual_days, setting(settings, 'usualDays')))), 800)
  where measure = 'time_to_value' and start_day <= w.day and start_day >= greatest(w.day, (select day_of(instant) from clock)) - 800 and day_of(first_event) <= start_day + setting(settings, 'graceDays')
  group by all)
select account, measure, settings, instant, (case when reached_on <= day then reached_on else day end - start_day) / coalesce(usual_days, setting(settings, 'usualDays'))
from reached;
