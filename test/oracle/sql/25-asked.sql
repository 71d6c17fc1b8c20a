-- What is to be computed: each measure of each scorecard for each account at each instant, read as of the instant up to which its source is
-- known, or as of several such instants where several senders told of it (docs/design/time.md, "One of several").
-- In: scorecard(name, document JSON), asked(instant), calendar(name, document JSON), clock(instant).

create table spec as
with dimension as (select name as scorecard, unnest(from_json(document->'dimensions', '["json"]')) as dimension, generate_subscripts(from_json(document->'dimensions', '["json"]'), 1) as place from scorecard)
select scorecard, place, dimension->>'key' as dimension, (dimension->>'weight')::double as dimension_weight, measure->>'key' as measure,
  (measure->>'weight')::double as weight, (measure->>'freshForMs')::double as fresh_for, (measure->>'halfLifeMs')::double as half_life,
  measure->>'missing' as missing, measure->'settings' as settings, measure->'groups' as groups, from_json(measure->'anchors', '[{"value":"double","score":"double"}]') as anchors
from (select *, unnest(from_json(dimension->'measures', '["json"]')) as measure from dimension);

create table measure_source as
select unnest(['seat_use', 'stickiness', 'breadth', 'depth', 'trend', 'recency',
  'own_sum', 'own_sliding', 'own_count', 'own_mean', 'own_min', 'own_max', 'own_last', 'own_rate', 'own_ratio', 'own_kinds', 'own_quantile', 'own_traces', 'own_traces_cut', 'own_slow', 'own_files', 'own_done', 'own_done_share']) as measure, 'usage' as source
union all select unnest(['weighted_backlog', 'ticket_volume', 'resolution_time', 'reopen_rate', 'csat', 'ticket_severity', 'ticket_escalations']), 'support'
union all select unnest(['two_way_contact', 'people_in_touch', 'reply_share', 'meeting_attendance']), 'engagement'
union all select unnest(['nps', 'success_plan', 'surveys_per_seat']), 'success'
union all select unnest(['payment_standing', 'arr_movement', 'commitment_use', 'renewal_step']), 'revenue'
union all select 'time_to_value', 'lifecycle';
create table flag_source as
select unnest(['urgent_ticket_past_sla', 'urgent_ticket_with_executive']) as flag, 'support' as source
union all select unnest(['payment_failed', 'notice_to_leave']), 'revenue' union all select 'champion_left', 'engagement';
-- Of outcomes and money: the kinds of records that each reads.
create table reads as
select unnest(['nps', 'surveys_per_seat']) as ask, 'survey' as family union all select 'success_plan', 'goal'
union all select unnest(['payment_standing', 'payment_failed']), unnest(['invoice', 'invoice']) union all select unnest(['payment_standing', 'payment_failed']), unnest(['payment', 'payment'])
union all select unnest(['arr_movement', 'commitment_use', 'renewal_step', 'notice_to_leave']), 'subscription' union all select 'renewal_step', 'opportunity';

-- How far each stream has come, by the events it brought; one that is dated ahead of our clock moves nothing.
create table watermark as
select connection, form, max(occurred) as known_to from arrived where occurred <= received + 300000 group by all;

-- Of which kind an event is: what the measures of a source read. `vouched`: how long a stream that goes on vouches for a kind of which it brings none.
create table source_of_type as
select unnest(['ticket', 'conversation']) as family, 'support' as source
union all select unnest(['message', 'meeting', 'conversation']), 'engagement'
union all select unnest(['survey', 'goal']), 'success'
union all select unnest(['subscription', 'invoice', 'payment', 'opportunity']), 'revenue'
union all select unnest(['feature', 'page', 'session']), 'usage' union all select 'user', 'usage';
create table vouched as
select unnest(['usage', 'support', 'engagement', 'success', 'revenue']) as source, unnest([0, 1, 7, 35, 35]) * 86400000::bigint as vouched;

create table reach as
select connection, form, source, greatest(own, least(known_to, own + vouched)) as known_to
from (
  select connection, form, source, max(occurred) as own from arrived join source_of_type on family = split_part(type, '.', 1)
  where occurred <= received + 300000 and not (family = 'user' and type <> 'user.signed_in') group by all)
join watermark using (connection, form) join vouched using (source);

-- What has brought anything live is waited for, however long it is silent. (No connection of this company is paused or removed.)
create table awaited as select connection, form, coalesce(bool_or(lane = 'live'), false) as live from delivery group by all;

create table sender_reach as
select connection, source, max(known_to) as known_to, bool_or(live) as live
from reach join awaited using (connection, form) where source <> 'usage' or form not in ('webhook', 'account', 'engage', 'groups') group by all;

-- A ticket's or conversation's event that does not say of which one is nobody's word about support.
create table speaks as
select distinct account, source, connection from event join source_of_type on family = split_part(type, '.', 1)
where source <> 'usage' and (source <> 'support' or has(data->'ticketId') or has(data->'conversationId'));
create table record_teller as
select distinct account, split_part(type, '.', 1) as family, connection from event
where (split_part(type, '.', 1) in ('subscription', 'invoice', 'payment', 'opportunity', 'goal') and id_of(own(data, split_part(type, '.', 1) || 'Id')) is not null)
  or (type = 'survey.answered' and has(data->'kind') and has(data->'score'));

-- Who has told an account of what is asked about. Of outcomes and money: of the records that are read, where any of them is known.
create table asking as
select measure as ask, case source when 'lifecycle' then 'usage' else source end as source from measure_source union all select flag, source from flag_source;
create table sender as
with told as (select distinct account, 'usage' as source, connection from usage union all select * from speaks),
one as (
  select ask, told.*, known_to, live, (select count(*) from reads where reads.ask = asking.ask) > 0 as has_families,
    exists (from reads join record_teller t using (family) where reads.ask = asking.ask and t.account = told.account and t.connection = told.connection) as told_records
  from asking join told using (source) join sender_reach using (source, connection)),
known_tellers as (select *, bool_or(told_records) over (partition by ask, account) as any_told from one)
select ask, account, source, connection, known_to, live from known_tellers where not has_families or not any_told or told_records
union all
-- Where nobody brought usage, all that could speak, as one.
select ask, account.account, 'usage', 'any', max(known_to), bool_or(live) from asking join sender_reach using (source) cross join account
where source = 'usage' and not exists (from usage u where u.account = account.account) group by all;

-- Up to when it is known: the least of those that are waited for; where none is, the furthest. `is_shared`: several told, of whom one at least is
-- waited for: how far the others have come says nothing of it.
create table telling as
select ask, account, coalesce(min(known_to) filter (where live), max(known_to)) as known_to, bool_or(live) and count(*) > 1 as is_shared from sender group by all;

-- How complete the sources were: of the items that came through a stream on a UTC day of receipt, those that cannot count. Every item of a
-- delivery came, also one that has no effect; an id that was taken by other content is set aside.
create table arrival_day as
with item as (
  select connection, form, received, case connector when 'native' then (select count(*) from arrived where arrived.arrival = delivery.arrival)
    when 'mixpanel' then coalesce(json_array_length(case when json_type(mixpanel_json(mixpanel_sent(body))) = 'ARRAY' then mixpanel_json(mixpanel_sent(body)) end), 1) else 1 end as came
  from delivery),
content as (select *, concat_ws('|', type, occurred, user_id, data::varchar) as content from resolved),
aside as (
  select connection, form, received from (select *, first_value(content) over (partition by connection, home, id order by arrival, item) as first_content from content)
  where content <> first_content)
select connection, form, day, sum(came) as came, sum(lost) as lost
from (select connection, form, day_of(received) as day, came, 0 as lost from item union all select connection, form, day_of(received), 0, 1 from aside) group by all;

-- A source is as complete as the streams that speak for it are together, on the day and the one before, as though 30 events more had come and all counted.
create table complete as
with stream as (
  select distinct account, source, connection, form from speaks join arrival_day using (connection)
  union all
  select account.account, 'usage', brought.connection, brought.form
  from account cross join (select distinct connection, form from arrival_day where form not in ('webhook', 'account', 'engage', 'groups')) brought
  where not exists (from usage u where u.account = account.account)
    or exists (from usage u where u.account = account.account and u.connection = brought.connection)),
spread as (select *, unnest([day, day + 1]) as counted_for from arrival_day)
select account, source, counted_for as day, (greatest(0, sum(came) - sum(lost)) + 30) / (sum(came) + 30) as share from stream join spread using (connection, form) group by all;
insert into complete select account, 'lifecycle', day, share from complete where source = 'usage';

-- The newest fact of a source up to an instant: usage to the hour of any day up to the instant's own, messages and meetings to the day.
create table fact_time as
select account, 'usage' as source, occurred // 3600000 * 3600000 as known_to, day * 86400000 as visible from usage where user_id is not null
union all select account, 'support', occurred, occurred from event where split_part(type, '.', 1) in ('ticket', 'conversation')
union all select account, 'success', occurred, occurred from event where split_part(type, '.', 1) in ('survey', 'goal')
union all select account, 'revenue', occurred, occurred from event where split_part(type, '.', 1) in ('subscription', 'invoice', 'payment', 'opportunity');

-- How far what is asked about is known, at each instant. Where nobody is known who told it, as far as its newest fact; what a known sender told ahead of our clock moves nothing.
create table known as
with newest as (select account, source, instant, max(known_to) as newest from fact_time join asked on visible <= instant group by all)
select asking.ask, account.account, asked.instant, coalesce(is_shared, false) as is_shared,
  -- How a customer began ages with usage; without any there is nothing that could have been told late.
  case when asking.ask = 'time_to_value' and newest is null then asked.instant else least(asked.instant, coalesce(telling.known_to, newest)) end as known_to
from account cross join asking cross join asked
left join telling on telling.account = account.account and telling.ask = asking.ask
left join newest on newest.account = account.account and newest.source = asking.source and newest.instant = asked.instant;

-- As of when each is read, by how old what is known may be: all of it as of one instant, or, where several senders told and one that is waited for is
-- behind, what each told as of its own (`clocks`, by connection); `instant` is then the furthest. What has ended is read as far as the others.
create table reading_clock as
with wish as (select distinct measure as ask, fresh_for from spec union select flag, 0 from flag_source),
held as (select ask, account, fresh_for, instant as at_instant, known_to, is_shared, case when instant - known_to > fresh_for then known_to else instant end as least from known join wish using (ask)),
spread as (
  select h.ask, h.account, h.fresh_for, h.at_instant, max(clock) as instant, json_group_object(connection, clock)::varchar as clocks
  from (
    select h.*, s.connection, case when not s.live then least(h.at_instant, greatest(h.least, s.known_to)) when h.at_instant - s.known_to > h.fresh_for then s.known_to else h.at_instant end as clock
    from held h join sender s using (ask, account) where h.is_shared and h.least < h.at_instant) h group by all)
select h.*, coalesce(spread.instant, h.least) as instant, coalesce(spread.clocks, '') as clocks
from held h left join spread using (ask, account, fresh_for, at_instant);
-- As of when something is read that these connections told of.
create macro clock_of(clocks, tellers, instant) as case when clocks = '' then instant
  else coalesce(list_max(list_transform(tellers, lambda one: coalesce(own_text(clocks::json, one)::bigint, instant))), instant) end;
create table clock_instant as
select distinct account, unnest(from_json(json_extract(clocks::json, '$.*'), '["bigint"]')) as instant from reading_clock where clocks <> ''
union select account, instant from reading_clock where instant is not null;

-- What was known of an account at an instant; before the first value that is known, that one holds.
create table attribute_at as
with name as (select distinct account, name from attribute_since)
select n.account, n.name, asked.instant as at_instant,
  coalesce(max_by(to_json(value), since) filter (since <= asked.instant), case when min(since) > asked.instant then min_by(to_json(value), since) end) as value
from name n cross join asked join attribute_since s using (account, name) group by n.account, n.name, asked.instant;
create macro value_of(wanted_account, wanted_instant, wanted_name) as (select value from attribute_at a where a.account = wanted_account and a.at_instant = wanted_instant and a.name = wanted_name and has(value));

-- The account's calendar where it is known, else the scorecard's, else the wall clock's. One of the zone `account` is one for each zone: the account's, where that is one, else the company's.
create table hours as
with named as (
  select account.account, asked.instant as at_instant, scorecard.name as scorecard, coalesce(own.name, scorecard.document->>'calendar', 'always') as calendar
  from account cross join scorecard cross join asked
  left join attribute_at a on a.account = account.account and a.at_instant = asked.instant and a.name = 'calendar'
  left join calendar own on own.name = (a.value->>'$')),
zone as (
  select z.account, z.at_instant, trim(z.value->>'$') as zone from attribute_at z join pg_timezone_names() names on names.name = trim(z.value->>'$') where z.name = 'timeZone')
select named.account, named.at_instant, named.scorecard, named.calendar || case when c.document->>'timeZone' = 'account' then '@' || coalesce(zone.zone, (select zone from company_zone)) else '' end as calendar
from named left join calendar c on c.name = named.calendar left join zone on zone.account = named.account and zone.at_instant = named.at_instant;
create table calendar_in as
select distinct h.calendar as name, c.document, case when c.document->>'timeZone' = 'account' then split_part(h.calendar, '@', 2) else c.document->>'timeZone' end as zone
from hours h join calendar c on c.name = split_part(h.calendar, '@', 1);

-- Where it is kept who told of each fact, each sender that is waited for ages alone and their mean counts, until all of them are too old
-- (docs/design/time.md, "One of several"). What is kept without its sender ages by the least.
create table fading as
with wish as (select distinct measure as ask, fresh_for, half_life from spec join measure_source using (measure) where source in ('support', 'success', 'revenue') and measure <> 'surveys_per_seat'),
each as (
  select ask, account, instant as at_instant, fresh_for, half_life, pow(2, -greatest(0, instant - sender.known_to - fresh_for) / half_life) as part
  from known join wish using (ask) join sender using (ask, account) where is_shared and live)
select ask, account, at_instant, fresh_for, half_life, avg(part) as freshness, max(part) as freshest from each group by all;

create table ask as
select asking.*, coalesce(complete.share, 1) as completeness
from (select k.account, spec.scorecard, dimension, dimension_weight, measure, weight, missing, anchors, groups,
  json_merge_patch(settings, json_object('at', k.at_instant, 'calendar', hours.calendar, 'least', k.least, 'clocks', k.clocks)) as settings, source, k.at_instant, k.least,
  k.at_instant - k.known_to > spec.fresh_for as stale,
  -- Usage is a sum of all, and an expression knows nothing of senders.
  case when source in ('usage', 'lifecycle') or measure = 'surveys_per_seat' then k.least else k.instant end as instant,
  case when source in ('usage', 'lifecycle') or measure = 'surveys_per_seat' then '' else k.clocks end as clocks,
  coalesce(fading.freshness, pow(2, -greatest(0, k.at_instant - k.known_to - spec.fresh_for) / spec.half_life)) as freshness,
  coalesce(fading.freshest, pow(2, -greatest(0, k.at_instant - k.known_to - spec.fresh_for) / spec.half_life)) as freshest
from spec join measure_source using (measure) join reading_clock k on k.ask = spec.measure and k.fresh_for = spec.fresh_for
join hours on hours.account = k.account and hours.scorecard = spec.scorecard and hours.at_instant = k.at_instant
left join fading on fading.ask = k.ask and fading.account = k.account and fading.at_instant = k.at_instant and fading.fresh_for = k.fresh_for and fading.half_life = spec.half_life) asking
left join complete on complete.account = asking.account and complete.source = asking.source and complete.day = day_of(asking.least);

-- Raw values, once for each account, measure, settings and instants: read as of `instant` (what leaves a window and grows old: as of `least`),
-- or of `clocks`, and judged by the attributes of `at_instant`.
create table wanted as select distinct account, measure, settings::varchar as settings, at_instant, instant, least, clocks, day_of(instant) as day from ask where instant is not null;
create table measured (account varchar, measure varchar, settings varchar, instant bigint, value double);
create macro setting(settings, name) as (settings::json->>name)::double;
create macro within(instant, held, length) as instant <= held and instant > held - length * 86400000::bigint;
