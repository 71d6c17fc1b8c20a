-- Support: tickets, and conversations as tickets that are solved when they are closed.

create table conversation_told as
select account, scope, connection, occurred, id || '/' || connection as tie, type, id_of(data->'conversationId') as ticket,
  case when instant_of(data->'createdAt') <= occurred + 86400000 then instant_of(data->'createdAt') end as created,
  case when type = 'conversation.closed' then 'closed' else coalesce(word_of(data->'status'), case when type = 'conversation.created' then 'open' end) end as status,
  case word_of(data->'priority') when 'not_priority' then 'normal' when 'priority' then 'high' when 'true' then 'high' else ticket_priority(data->>'priority') end as priority,
  case when (data->>'rating') in ('good', 'bad') then data->>'rating' when try_cast(data->>'rating' as double) between 1 and 5 then case when try_cast(data->>'rating' as double) >= 4 then 'good' else 'bad' end end as rating
from event where starts_with(type, 'conversation.') and id_of(data->'conversationId') is not null;

-- Since when each thing of support has been known, and as what it was made.
create table support_record as
select account, 'ticket ' || scope as scope, ticket, created, coalesce(created, first_seen) as since from ticket where coalesce(created, first_seen) is not null
union all
select account, 'conversation ' || scope, ticket, coalesce(min(created), min(occurred)), coalesce(min(created), min(occurred)) from conversation_told group by all;

create table support_step as
select account, 'ticket ' || scope as scope, ticket, occurred, place, id as tie, is_open, becomes_solved, is_reopened from ticket_step
union all
select account, scope, ticket, since, 0, '', true, false, false from support_record where starts_with(scope, 'conversation ')
union all
select account, 'conversation ' || scope, ticket, occurred, 1, tie, not closes, closes, not closes
from (select *, status = 'closed' as closes, lag(status = 'closed', 1, false) over (partition by account, scope, ticket order by occurred, tie) as was_closed from conversation_told where status is not null)
where closes <> was_closed;

create table support_priority as
select account, 'ticket ' || scope as scope, ticket, occurred, id as tie, priority from ticket_told where priority is not null
union all select account, 'conversation ' || scope, ticket, occurred, tie, priority from conversation_told where priority is not null;

create table support_rating as
select account, scope, ticket, arg_max(rating, occurred) as rating, max(occurred) as occurred
from (
  select account, 'ticket ' || scope as scope, ticket, rating, occurred from ticket_told where rating in ('good', 'bad')
  union all select account, 'conversation ' || scope, ticket, rating, occurred from conversation_told where rating is not null)
group by all;

-- Business time: an instant is, when its local time lies in a block and its local date is no holiday. Counted minute by minute.
create table business_minute as
with open_block as (
  select name, zone, weekday, place, unnest(from_json(document->'week'->weekday, '[{"from":"varchar","to":"varchar"}]')) as block
  from calendar_in cross join (select unnest(['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday']) as weekday, unnest(range(7)) as place)
  where name <> 'always'),
minute as (
  select name, minute, timezone(zone, make_timestamptz(minute * 60000000)) as local
  from (select distinct name, zone from open_block) cross join (select unnest(range((select min(since) // 60000 - 1 from support_record), (select max(instant) // 60000 + 1 from (select instant from wanted union all select instant from clock_instant)))) as minute)),
marked as (
  select name, minute, exists (
    from open_block b where b.name = minute.name and b.place = dayofweek(local)
      and hour(local) * 60 + minute(local) >= split_part(block.from, ':', 1)::int * 60 + split_part(block.from, ':', 2)::int
      and hour(local) * 60 + minute(local) < split_part(block.to, ':', 1)::int * 60 + split_part(block.to, ':', 2)::int)
    and not exists (from (select name, unnest(from_json(document->'holidays', '[{"date":"date"}]')) as holiday from calendar_in) h where h.name = minute.name and h.holiday.date = local::date) as is_open
  from minute)
select name, minute, is_open, sum(is_open::int) over (partition by name order by minute) - is_open::int as minutes_before from marked;

create macro business_before(minutes_before, is_open, instant) as minutes_before * 60000 + case when is_open then instant % 60000 else 0 end;

-- How each thing of support stood at an instant.
-- Each as of the instant up to which who told of it is known.
create table support_asked as
select measure as ask, account, settings, at_instant, instant, least, clocks from wanted join measure_source using (measure) where source = 'support'
union all select ask, account, '', at_instant, instant, least, clocks from reading_clock join flag_source on flag = ask where source = 'support' and instant is not null;
create table support_teller as
select account, 'ticket ' || scope as scope, ticket, list(distinct connection) as tellers from ticket_told group by all
union all select account, 'conversation ' || scope, ticket, list(distinct connection) from conversation_told group by all;
create table support_clock as
select a.*, t.scope, t.ticket, clock_of(a.clocks, tellers, a.instant) as clock from support_asked a join support_teller t using (account);
create table support_at as
with instant as (select distinct account, clock as instant from support_clock),
step as (
  select i.account, i.instant, s.scope, s.ticket, max_by(is_open, (s.occurred, place, tie)) as is_open
  from instant i join support_step s on s.account = i.account and s.occurred <= i.instant group by all),
priority as (
  select i.account, i.instant, p.scope, p.ticket, max_by(priority, (p.occurred, tie)) filter (p.occurred <= i.instant) as priority, min_by(priority, (p.occurred, tie)) as first_priority
  from instant i join support_priority p on p.account = i.account group by all)
select i.account, i.instant, r.scope, r.ticket, r.created, r.since, coalesce(step.is_open, false) as is_open, coalesce(nullif(coalesce(priority, first_priority), 'none'), 'normal') as priority, first_priority
from instant i join support_record r on r.account = i.account and r.since <= i.instant
left join step on step.account = i.account and step.instant = i.instant and step.scope = r.scope and step.ticket = r.ticket
left join priority on priority.account = i.account and priority.instant = i.instant and priority.scope = r.scope and priority.ticket = r.ticket;

create table support_read as
select c.ask, c.settings as for_settings, c.at_instant as for_at, c.instant as asked, c.clock, t.* from support_clock c join support_at t on t.account = c.account and t.scope = c.scope and t.ticket = c.ticket and t.instant = c.clock;
create table support_wanted as
select wanted.*, settings::json->>'calendar' as calendar, setting(settings, 'windowDays')::bigint as length
from wanted join measure_source using (measure)
where source = 'support' and exists (from support_read t where t.account = wanted.account and t.ask = wanted.measure and t.for_settings = wanted.settings and t.asked = wanted.instant);
create macro is_of(t, w) as t.account = w.account and t.ask = w.measure and t.for_settings = w.settings and t.asked = w.instant;

-- Each open ticket weighs by its priority and by how much of its SLA has passed.
insert into measured
with assumed as (
  select w.*, coalesce(sla_hours, setting(settings, 'slaHoursAssumed')) as hours,
    greatest(setting(settings, 'seatsMin'), coalesce(seats, (select nullif(count(distinct person), 0) from person_day p where p.account = w.account and p.day > w.day - 28 and p.day <= w.day), setting(settings, 'seatsAssumed'))) as per
  from support_wanted w join profile using (account, at_instant) where measure = 'weighted_backlog'),
aged as (
  select a.account, a.settings, a.instant, a.per, t.ticket,
    setting(a.settings::json->'priorityWeights', t.priority) as weight,
    (case when a.calendar = 'always' then t.clock - t.since
      else business_before(upto.minutes_before, upto.is_open, t.clock) - business_before(begun.minutes_before, begun.is_open, t.since) end) / (a.hours * 3600000) as multiple
  from assumed a
  left join support_read t on is_of(t, a) and t.is_open
  left join business_minute upto on upto.name = a.calendar and upto.minute = t.clock // 60000
  left join business_minute begun on begun.name = a.calendar and begun.minute = t.since // 60000)
select account, 'weighted_backlog', settings, instant,
  coalesce(sum(weight * least(setting(settings, 'slaMultipleMax'), greatest(setting(settings, 'slaMultipleMin'), multiple))), 0) * 100 / per
from aged group by account, settings, instant, per;

insert into measured
with first as (
  select w.account, w.measure, w.settings, w.instant, day_of(w.least) as day, min(t.since) as first from support_wanted w join support_read t on is_of(t, w)
  where w.measure = 'ticket_volume' group by all),
span as (
  select account, measure, settings, instant, day, setting(settings, 'periodDays')::bigint as length_days,
    least(setting(settings, 'baselinePeriods')::bigint, (day - setting(settings, 'periodDays')::bigint - day_of(first) + 1) // setting(settings, 'periodDays')::bigint) as periods
  from first),
counted as (
  select s.account, s.settings, s.instant, period, periods, count(t.ticket) as tickets
  from (select *, unnest(range(periods + 1)) as period from span where periods >= setting(settings, 'baselinePeriodsMin')) s
  left join support_read t on is_of(t, s) and t.created is not null
    and day_of(t.created) <= day_of(t.clock) - period * length_days and day_of(t.created) > day_of(t.clock) - (period + 1) * length_days
  group by all),
stats as (select account, settings, instant, avg(tickets) filter (period > 0) as mean, var_pop(tickets) filter (period > 0) as variance, max(tickets) filter (period = 0) as lately from counted group by all)
select account, 'ticket_volume', settings, instant, abs(lately - mean) / sqrt(greatest(variance, mean, 1)) from stats;

-- Created to last solved, of what was solved in the window and is not open again.
create table solved_at as
select w.account, w.settings, w.instant, w.length, w.measure, t.ticket, t.scope, t.created, t.clock,
  max_by(s.becomes_solved, (s.occurred, place, tie)) filter (s.becomes_solved or s.is_reopened or place = 0) as is_solved,
  max(s.occurred) filter (s.becomes_solved) as solved
from support_wanted w
join support_read t on is_of(t, w)
join support_step s on s.account = t.account and s.scope = t.scope and s.ticket = t.ticket and s.occurred <= t.clock
where w.measure = 'resolution_time' group by all;

insert into measured
with times as (
  select a.account, a.settings, a.instant,
    case when (a.settings::json->>'calendar') = 'always' then solved - created
      else business_before(upto.minutes_before, upto.is_open, solved) - business_before(begun.minutes_before, begun.is_open, created) end as took
  from solved_at a
  left join business_minute upto on upto.name = (a.settings::json->>'calendar') and upto.minute = solved // 60000
  left join business_minute begun on begun.name = (a.settings::json->>'calendar') and begun.minute = created // 60000
  where is_solved and created is not null and within(solved, a.clock, length))
select times.account, 'resolution_time', settings, instant, median(greatest(took, 0)) / (coalesce(sla_hours, setting(settings, 'slaHoursAssumed')) * 3600000)
from times join profile on profile.account = times.account and profile.at_instant = (settings::json->>'at')::bigint group by times.account, settings, instant, sla_hours;

insert into measured
with counts as (
  select w.account, w.settings, w.instant, count(distinct (s.scope, s.ticket)) filter (becomes_solved) as solved, count(distinct (s.scope, s.ticket)) filter (is_reopened) as reopened
  from support_wanted w join support_read t on is_of(t, w) join support_step s on s.account = t.account and s.scope = t.scope and s.ticket = t.ticket and within(s.occurred, t.clock, w.length)
  where measure = 'reopen_rate' group by all)
select account, 'reopen_rate', settings, instant, (reopened + setting(settings, 'priorTickets') * setting(settings, 'priorRate')) / (solved + setting(settings, 'priorTickets'))
from counts where solved > 0;

insert into measured
select w.account, w.measure, w.settings, w.instant,
  (count(*) filter (r.rating = 'good') + setting(settings, 'priorRatings') * setting(settings, 'priorRate')) / (count(*) + setting(settings, 'priorRatings'))
from support_wanted w join support_read t on is_of(t, w)
join support_rating r on r.account = t.account and r.scope = t.scope and r.ticket = t.ticket and within(r.occurred, t.clock, w.length)
where w.measure = 'csat' group by w.account, w.measure, w.settings, w.instant;

-- How many of the tickets made in the window are high or urgent, and how many of them became so only later.
insert into measured
with made as (
  select w.account, w.measure, w.settings, w.instant, t.priority in ('high', 'urgent') as severe, coalesce(first_priority in ('high', 'urgent'), false) as severe_at_first
  from support_wanted w join support_read t on is_of(t, w) and within(t.since, t.clock, w.length)
  where w.measure in ('ticket_severity', 'ticket_escalations'))
select account, measure, settings, instant, count(*) filter (severe and (measure = 'ticket_severity' or not severe_at_first)) / count(*) from made group by account, measure, settings, instant;
