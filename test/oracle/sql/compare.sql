-- What the product says against what was computed. Counts and sums must be equal (to 1e-9 of rounding; contributions under a
-- power mean to 1e-3, as they are integrals here); what the product marks as an
-- estimate must be as near as the error that it states.
-- In: told_metric, told_health, figure. Out: line, difference.

create or replace table told as
with series as (select given->>'account' as account, given->>'metric' as metric, (given->>'fromDay')::bigint as from_day, (given->>'errorRatio')::double as error_ratio, from_json(given->'values', '["double"]') as points from told_metric),
document as (select given->>'account' as account, given->>'scorecard' as scorecard, (given->>'at')::bigint as at_instant, given->'document' as document from told_health),
dimension as (select account, scorecard, at_instant, unnest(from_json(document->'dimensions', '["json"]')) as dimension from document),
measure as (select account, scorecard, at_instant, unnest(from_json(dimension->'measures', '["json"]')) as measure from dimension),
flagged as (select account, scorecard, at_instant, unnest(from_json(document->'flags', '["json"]')) as flag from document)
select 'metric ' || metric as figure, account, '' as scorecard, (from_day + generate_subscripts(points, 1) - 1) * 86400000 as at_instant, unnest(points) as number, null::varchar as word, error_ratio from series
union all select 'measure ' || (measure->>'key') || ': value', account, scorecard, at_instant, (measure->>'value')::double, measure->>'status', 0 from measure
union all select 'measure ' || (measure->>'key') || ': score', account, scorecard, at_instant, (measure->>'score')::double, null, 0 from measure
union all select 'measure ' || (measure->>'key') || ': share', account, scorecard, at_instant, (measure->>'effectiveWeight')::double, null, 0 from measure
union all select 'measure ' || (measure->>'key') || ': freshness', account, scorecard, at_instant, (measure->>'freshness')::double, null, 0 from measure
union all select 'measure ' || (measure->>'key') || ': completeness', account, scorecard, at_instant, (measure->>'completeness')::double, null, 0 from measure
union all select 'measure ' || (measure->>'key') || ': contribution', account, scorecard, at_instant, (measure->>'contribution')::double, null, 0 from measure
union all select 'dimension ' || (dimension->>'key') || ': score', account, scorecard, at_instant, (dimension->>'score')::double, null, 0 from dimension
union all select 'flag ' || (flag->>'key') || ': since', account, scorecard, at_instant, epoch_ms((flag->>'since')::timestamptz), null, 0 from flagged
union all select 'score before caps', account, scorecard, at_instant, (document->>'scoreBeforeCaps')::double, null, 0 from document
union all select 'score computed', account, scorecard, at_instant, (document->>'computedScore')::double, null, 0 from document
union all select 'score and band', account, scorecard, at_instant, (document->>'score')::double, document->>'band', 0 from document
union all select 'confidence', account, scorecard, at_instant, (document->>'confidence')::double, null, 0 from document;

-- A day that was not computed is a zero, or, of the length of sessions, nothing. A flag that one side alone has is a difference.
create or replace table pair as
with span as (select min(at_instant) as first, max(at_instant) as last from told where starts_with(figure, 'metric ')),
computed as (
  select figure.* from figure cross join span
  where account in (select account from told) and (not starts_with(figure, 'metric ') or at_instant between first and last))
select figure, account, scorecard, at_instant, t.number as told, t.word as told_word, coalesce(t.error_ratio, 0) as error_ratio,
  coalesce(c.number, case when c.account is null and starts_with(figure, 'metric ') and not starts_with(figure, 'metric session_length') then 0 end) as computed, c.word as computed_word, coalesce(c.tolerance, 1e-9) as tolerance,
  t.account is null or (c.account is null and not starts_with(figure, 'metric ')) as is_alone
from told t full join computed c using (figure, account, scorecard, at_instant);

create or replace table judged as
select *, is_alone or told_word is distinct from computed_word or (told is null) <> (computed is null)
  or coalesce(abs(told - computed) > greatest(tolerance * greatest(1, abs(computed)), error_ratio * abs(computed)), false) as is_different
from pair;

create or replace table line as
select regexp_replace(figure, '^metric events\..*', 'metric events.{type}') as figure, count(*) as compared, count(*) filter (told <> 0 or told_word is not null) as telling, count(*) filter (is_different) as different
from judged group by all;

create or replace table difference as
select figure, account, nullif(scorecard, '') as scorecard, strftime(make_timestamp_ms(at_instant), '%Y-%m-%dT%H:%M:%SZ') as instant,
  concat_ws(' ', told::varchar, told_word) as product, concat_ws(' ', computed::varchar, computed_word) as computed
from judged where is_different order by figure, account, instant limit 1000;
