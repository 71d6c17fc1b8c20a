-- From raw values to scores: anchors, weights, what is missing and what is stale, flags and caps.
-- Out: health_measure, health_dimension, health.

create macro score_of(x, anchors) as case
  when x is null then null when x <= anchors[1].value then anchors[1].score
  when x > anchors[-1].value then anchors[-1].score
  else list_sum(list_transform(range(2, len(anchors) + 1), lambda i: case when x > anchors[i - 1].value and x <= anchors[i].value
    then anchors[i - 1].score + (anchors[i].score - anchors[i - 1].score) * (x - anchors[i - 1].value) / (anchors[i].value - anchors[i - 1].value) else 0 end)) end;

create table reading as
select a.account, a.scorecard, a.at_instant, a.dimension, a.dimension_weight, a.measure, a.weight, a.missing, m.value, a.stale,
  score_of(m.value, a.anchors) as score,
  case when m.value is null then 0 when a.freshness < drop_below then 0 else a.freshness end as freshness
from ask a
join (select name as scorecard, (document->>'dropBelowFreshness')::double as drop_below from scorecard) using (scorecard)
left join measured m on m.account = a.account and m.measure = a.measure and m.settings = a.settings::varchar and m.instant = a.instant;

-- What a measure without a value counts as; null: its weight is shared out among the others.
create table filled as
select *, coalesce(score, case missing when 'neutral' then 50 when 'worst' then 0 end) as filled,
  case when score is null then 1 else freshness end as counted_freshness
from reading;

create table shared as
with answer as (
  select account, scorecard, at_instant, bool_or(value is not null) and not bool_or(value is null and missing = 'required') as is_scored from filled group by all),
raw as (
  select filled.*, is_scored, sum(case when filled is not null then weight end) over (partition by account, scorecard, at_instant, dimension) as measured_weight,
    sum(weight) over (partition by account, scorecard, at_instant, dimension) as inside
  from filled join answer using (account, scorecard, at_instant)),
share as (select *, case when is_scored and filled is not null then dimension_weight * weight * counted_freshness / measured_weight else 0 end as raw_share from raw),
total as (select *, sum(raw_share) over (partition by account, scorecard, at_instant) as total from share)
select *, case when total = 0 then 0 else raw_share / total end as share from total;

create table health_measure as
select account, scorecard, at_instant, dimension, measure, value, score, freshness, share, coalesce(share * (filled - 50), 0) as contribution,
  case when value is null then 'missing' when stale then 'stale' else 'ok' end as status
from shared;

create table health_dimension as
select account, scorecard, at_instant, dimension, case when sum(share) > 0 then sum(share * filled) / sum(share) end as score
from shared group by all;

create table health_before_caps as
with weight as (select scorecard, sum(weight) as weight from (select distinct scorecard, dimension, dimension_weight as weight from spec) group by all)
select account, scorecard, at_instant, case when sum(share) > 0 then least(100, greatest(0, 50 + sum(share * (filled - 50)))) end as score,
  least(1, coalesce(sum(dimension_weight / weight.weight * shared.weight / inside * freshness) filter (score is not null), 0)) as confidence
from shared join weight using (scorecard) group by all;

-- A person's override stands in the score's place until it expires or is withdrawn.
create table standing as
with said as (
  select account, occurred, number, (data->'override'->>'value')::double as value, (data->'override'->>'expiresAt')::bigint as expires from event where connector = 'pulseline' and has(data->'override')),
last as (select account, instant, max_by(coalesce(value, -1), (occurred, number)) as value, max_by(expires, (occurred, number)) as expires from said join asked on occurred <= instant group by all)
select account, instant, value from last where value >= 0 and expires > instant;

create table health as
with cap as (
  select name as scorecard, cap->>'flag' as flag, (cap->>'max')::double as at_most from (select name, unnest(from_json(document->'caps', '["json"]')) as cap from scorecard)),
capped as (
  select b.*, least(b.score, (select min(at_most) from cap join flag using (scorecard, flag) where flag.account = b.account and flag.scorecard = b.scorecard and flag.at_instant = b.at_instant)) as computed
  from health_before_caps b),
scored as (
  select c.account, c.scorecard, c.at_instant, c.score as before_caps, case when c.score is not null then c.computed end as computed, c.confidence, coalesce(s.value, case when c.score is not null then c.computed end) as score, s.value is not null as is_overridden
  from capped c left join standing s on s.account = c.account and s.instant = c.at_instant)
select scored.*, case
  when score is null or (confidence < (document->'bands'->>'confidenceMin')::double and not is_overridden) then 'not_enough_data'
  when score >= (document->'bands'->>'healthyFrom')::double then 'healthy'
  when score >= (document->'bands'->>'watchFrom')::double then 'watch'
  when score >= (document->'bands'->>'atRiskFrom')::double then 'at_risk' else 'critical' end as band
from scored join scorecard on scorecard.name = scored.scorecard;
