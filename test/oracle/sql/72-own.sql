-- A measure of one's own, as its expression says: account.count("events.survey.answered", 90) / account.number("seats")

insert into measured
select w.account, w.measure, w.settings, w.instant, coalesce((select sum(value) from metric m where m.account = w.account and m.metric = 'events.survey.answered' and m.day <= w.day and m.day > w.day - 90), 0) / seats
from wanted w join profile using (account, at_instant)
where w.measure = 'surveys_per_seat' and seats > 0 and exists (from fact_time f where f.account = w.account and f.source = 'success' and f.visible <= w.instant);

-- Measures of fields of events, as docs/design/config.md says ("Measures of one's own"). Numbers count to six decimals, up to 1e12; values
-- are texts, numbers and booleans. A path: what has the whole of it for its name, else what lies in the object.
create table own_field as
with found as (
  select account, occurred, day, f.type, f.field, coalesce(own(data, f.field), json_extract(data, '$."' || replace(f.field, '.', '"."') || '"')) as value
  from counted join (values ('export.finished', 'rows'), ('export.finished', 'kind'), ('export.finished', 'job.files'), ('export.finished', 'job.done'),
    ('api.called', 'ms'), ('api.called', 'trace')) f(type, field) on f.type = counted.type)
select account, occurred, day, type, field, json_type(value) as kind, value->>'$' as text from found;
create table own_number as
select account, occurred, day, type, field, round(text::double, 6) as v from own_field where kind in ('BIGINT', 'UBIGINT', 'DOUBLE') and abs(text::double) <= 1e12 and field <> 'job.done'
union all select account, occurred, day, type, field, (text = 'true')::int::double from own_field where kind = 'BOOLEAN' and field = 'job.done';

-- What each looks back on: whole days, or hours that slide.
create table own_look as
select * from (values
  ('own_sum', 'export.finished', 'rows', 28, null), ('own_sliding', 'export.finished', 'rows', null, 36), ('own_count', 'export.finished', 'rows', 90, null),
  ('own_mean', 'export.finished', 'rows', 60, null), ('own_min', 'export.finished', 'rows', 60, null), ('own_max', 'export.finished', 'rows', null, 1440),
  ('own_last', 'export.finished', 'rows', 14, null), ('own_rate', 'export.finished', 'rows', 14, null), ('own_ratio', 'export.finished', 'rows', 30, null),
  ('own_kinds', 'export.finished', 'kind', 30, null), ('own_quantile', 'export.finished', 'rows', 30, null), ('own_traces', 'api.called', 'trace', 366, null), ('own_traces_cut', 'api.called', 'trace', null, 145),
  ('own_slow', 'api.called', 'ms', 366, null), ('own_files', 'export.finished', 'job.files', 30, null), ('own_done', 'export.finished', 'job.done', null, 36),
  ('own_done_share', 'export.finished', 'job.done', 60, null)) look(measure, type, field, days, hours);

-- An hour is in a window that slides as soon as it reaches into it; beyond 35 days before today hours are not kept, and a day is whole.
create macro in_window(occurred, day, held, days, hours) as case
  when days is not null then day > day_of(held) - days and day <= day_of(held)
  when day >= day_of((select instant from clock)) - 35 then (occurred // 3600000 + 1) * 3600000 > held - hours * 3600000::bigint and occurred // 3600000 <= held // 3600000
  else day >= day_of(held - hours * 3600000::bigint) and day <= day_of(held) end;

-- Usage speaks for them, so before the first of it they are missing; and before the first event that had the field.
create table own_wanted as
select w.*, look.type, look.field, days, hours from wanted w join own_look look using (measure)
where exists (from fact_time f where f.account = w.account and f.source = 'usage' and f.visible <= w.instant);

insert into measured
with ask as (select distinct account, measure, settings, instant, day, type, field, days, hours from own_wanted where measure not in ('own_kinds', 'own_traces', 'own_traces_cut', 'own_ratio')),
seen as (select ask.*, list(n.v order by n.occurred) filter (in_window(n.occurred, n.day, ask.instant, ask.days, ask.hours)) as v
  from ask join own_number n on n.account = ask.account and n.type = ask.type and n.field = ask.field and n.day <= ask.day group by all)
select account, measure, settings, instant, value from (
  select *, case measure
    when 'own_count' then coalesce(len(v), 0)
    when 'own_sum' then coalesce(list_sum(v), 0) when 'own_sliding' then coalesce(list_sum(v), 0) when 'own_rate' then coalesce(list_sum(v), 0) / 14
    when 'own_files' then coalesce(list_sum(v), 0) when 'own_done' then coalesce(list_sum(v), 0) when 'own_done_share' then list_avg(v)
    when 'own_mean' then list_avg(v) when 'own_min' then list_min(v) when 'own_max' then list_max(v) when 'own_last' then v[-1]
    when 'own_quantile' then list_sort(v)[greatest(0, ceil(0.9 * (len(v) - 1) - 0.5))::bigint + 1]
    when 'own_slow' then list_sort(v)[greatest(0, ceil(0.95 * (len(v) - 1) - 0.5))::bigint + 1] end as value from seen)
where value is not null;

insert into measured
with ask as (select distinct account, measure, settings, instant, day, type, field, days, hours from own_wanted where measure in ('own_kinds', 'own_traces', 'own_traces_cut'))
select ask.account, measure, settings, instant, count(distinct text) filter (in_window(occurred, f.day, instant, days, hours))
from ask join own_field f on f.account = ask.account and f.type = ask.type and f.field = ask.field and f.day <= ask.day
where kind in ('VARCHAR', 'BIGINT', 'UBIGINT', 'DOUBLE', 'BOOLEAN') and text <> '' group by all;

insert into measured
with ask as (select distinct account, measure, settings, instant, day from own_wanted where measure = 'own_ratio'),
sums as (select ask.*, sum(v) filter (field = 'rows' and in_window(occurred, n.day, instant, 30, null)) as rows, sum(v) filter (field = 'ms' and in_window(occurred, n.day, instant, 30, null)) as ms,
    count(*) filter (field = 'rows') as exported
  from ask join own_number n on n.account = ask.account and n.day <= ask.day group by all)
select account, measure, settings, instant, coalesce(rows, 0) / ms from sums where exported > 0 and ms <> 0;
