-- From raw values to scores: anchors, weights, what is missing and what is stale, both kinds of mean, caps (docs/design/health.md).
-- Out: health_measure, health_dimension, health.

create macro score_of(x, anchors) as case
  when x is null then null when x <= anchors[1].value then anchors[1].score
  when x > anchors[-1].value then anchors[-1].score
  else list_sum(list_transform(range(2, len(anchors) + 1), lambda i: case when x > anchors[i - 1].value and x <= anchors[i].value
    then anchors[i - 1].score + (anchors[i].score - anchors[i - 1].score) * (x - anchors[i - 1].value) / (anchors[i].value - anchors[i - 1].value) else 0 end)) end;

-- The anchors of the first group that has the account's segment and tenure; of fewer than 30 accounts they are drawn towards those of all.
create table anchored as
with fits as (
  select a.account, a.scorecard, a.measure, a.at_instant, unnest(from_json(a.groups, '["json"]')) as grp, generate_subscripts(from_json(a.groups, '["json"]'), 1) as place,
    a.anchors, p.segment, day_of(a.at_instant) - p.contract_start as tenure
  from ask a join profile p using (account, at_instant) where a.groups is not null),
chosen as (
  select account, scorecard, measure, at_instant, anchors, min_by(grp, place) as grp
  from fits
  where coalesce((grp->>'segment') = segment, not has(grp->'segment'))
    and (not (has(grp->'tenureDaysFrom') or has(grp->'tenureDaysTo'))
      or (tenure is not null and tenure >= coalesce((grp->>'tenureDaysFrom')::bigint, 0) and tenure < coalesce((grp->>'tenureDaysTo')::bigint, 1000000)))
  group by all)
select account, scorecard, measure, at_instant,
  case when n >= 30 then own else list_transform(own, lambda knot, i: {'value': (n * knot.value + 30 * anchors[i].value) / (n + 30), 'score': knot.score}) end as anchors
from (select *, (grp->>'accounts')::double as n, from_json(grp->'anchors', '[{"value":"double","score":"double"}]') as own from chosen);

create table reading as
select a.account, a.scorecard, a.at_instant, a.dimension, a.dimension_weight, a.measure, a.weight, a.missing, m.value, a.stale, a.completeness,
  score_of(m.value, coalesce(anchored.anchors, a.anchors)) as score,
  case when m.value is null then 0 when a.freshest < drop_below then 0 else a.freshness end as freshness
from ask a
join (select name as scorecard, (document->>'dropBelowFreshness')::double as drop_below from scorecard) using (scorecard)
left join anchored on anchored.account = a.account and anchored.scorecard = a.scorecard and anchored.measure = a.measure and anchored.at_instant = a.at_instant
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

create table health_dimension as
select account, scorecard, at_instant, dimension, sum(share) as share, case when sum(share) > 0 then sum(share * filled) / sum(share) end as score
from shared group by all;

create table exponent as select name as scorecard, coalesce((document->>'powerMeanExponent')::double, 1) as p from scorecard;

-- What a point of a dimension is worth. In the weighted mean 1; in the power mean the slope of the whole, averaged over the straight path from
-- all at 50 to the scores: here by the sum over 200 points of it, near the end in ever smaller steps, as the slope of a dimension at 0 is infinite.
create table price as
with path as (
  select d.account, d.scorecard, d.at_instant, d.dimension, d.share, p, v, 50 + (1 - v * v) * (d.score - 50) as score
  from health_dimension d join exponent using (scorecard) cross join (select (unnest(range(200)) + 0.5) / 200 as v)
  where p <> 1 and d.score is not null),
whole as (select *, sum(share * pow(score, p)) over (partition by account, scorecard, at_instant, v) as power_sum from path)
select account, scorecard, at_instant, dimension, sum(2 * v * pow(score, p - 1) * pow(power_sum, 1 / p - 1)) / 200 as price from whole group by all;

create table health_measure as
select account, scorecard, at_instant, dimension, measure, value, s.score, freshness, completeness, share, coalesce(coalesce(price, 1) * share * (filled - 50), 0) as contribution,
  case when price is null then 1e-9 else 1e-3 end as contribution_tolerance, case when value is null then 'missing' when stale then 'stale' else 'ok' end as status
from shared s left join price using (account, scorecard, at_instant, dimension);

create table health_before_caps as
with weight as (select scorecard, sum(weight) as weight from (select distinct scorecard, dimension, dimension_weight as weight from spec) group by all),
mean as (
  select account, scorecard, at_instant, pow(sum(share * pow(score, p)), 1 / p) as score
  from health_dimension join exponent using (scorecard) where share > 0 group by account, scorecard, at_instant, p),
known as (
  select account, scorecard, at_instant, least(1, coalesce(sum(dimension_weight / weight.weight * shared.weight / inside * freshness * completeness) filter (score is not null), 0)) as confidence
  from shared join weight using (scorecard) group by all)
select account, scorecard, at_instant, case when mean.score is not null then least(100, greatest(0, mean.score)) end as score, confidence from known left join mean using (account, scorecard, at_instant);

-- A person's override stands in the place of the account's own score until it expires or is withdrawn; no segments are published here, so
-- that is the one by the standard scorecard.
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
  from capped c left join standing s on s.account = c.account and s.instant = c.at_instant and c.scorecard = 'standard')
-- A sum of shares that lies on the edge is a rounding below or above it, by the order in which it was added up.
select scored.*, case
  when score is null or (round(confidence, 12) < (document->'bands'->>'confidenceMin')::double and not is_overridden) then 'not_enough_data'
  when score >= (document->'bands'->>'healthyFrom')::double then 'healthy'
  when score >= (document->'bands'->>'watchFrom')::double then 'watch'
  when score >= (document->'bands'->>'atRiskFrom')::double then 'at_risk' else 'critical' end as band
from scored join scorecard on scorecard.name = scored.scorecard;
