-- Sentiment and outcomes: the latest answer of each person, weighed by its age and the person's role; goals on time.

create table answer as
select event.account, occurred, id || '/' || connection as tie, word_of(data->'kind') as kind, (data->>'score')::double as score, data->>'role' as role,
  coalesce(contact_name.person, person_of(user_id, email), 'event:' || id) as who, person_of(user_id, email) as person,
  list(connection) over (partition by event.account, word_of(data->'kind'), coalesce(person_of(user_id, email), 'event:' || id)) as tellers
from event left join contact_name on contact_name.account = event.account and contact_name.name = person_of(user_id, email) where type = 'survey.answered' and has(data->'kind') and has(data->'score');

insert into measured
with latest as (
  select w.account, w.measure, w.settings, w.instant, max_by(day_of(clock_of(w.clocks, tellers, w.instant)), (occurred, tie)) as day, who, max_by(score, (occurred, tie)) as score, max_by(coalesce(role, ''), (occurred, tie)) as role, any_value(person) as person, day_of(max(occurred)) as answered
  from wanted w join answer a on a.account = w.account and a.occurred <= clock_of(w.clocks, tellers, w.instant) and a.kind = 'nps' where measure = 'nps' group by w.account, w.measure, w.settings, w.instant, w.clocks, who),
executive as (
  select *, from_json(settings::json->'executiveRoles', '["varchar"]') as roles from latest where day - answered < setting(settings, 'windowDays')),
weighed as (
  select e.account, e.measure, e.settings, e.instant, e.score, pow(2, -(day - answered) / setting(settings, 'halfLifeDays')) *
    case when case when e.role <> '' then list_has_any(words_of(e.role), roles)
      else exists (from contact_name n join contact_role r on r.account = n.account and r.person = n.person and r.at_instant = (e.settings::json->>'at')::bigint and r.instant = e.instant where n.account = e.account and n.name = e.person and list_contains(roles, r.role)) end
    then setting(settings, 'executiveWeight') else 1 end as weight
  from executive e)
select account, measure, settings, instant, 100 * (coalesce(sum(weight) filter (score >= 9), 0) - coalesce(sum(weight) filter (score <= 6), 0)) / sum(weight)
from weighed group by account, measure, settings, instant;

create table goal_told as
select account, scope, id_of(data->'goalId') as goal, occurred, id || '/' || connection as tie, instant_of(data->'due') as due, word_of(data->'status') as status,
  list(connection) over (partition by account, scope, id_of(data->'goalId')) as tellers
from event where type = 'goal.updated' and id_of(data->'goalId') is not null;

insert into measured
with known as (
  select w.account, w.measure, w.settings, w.instant, day_of(clock_of(w.clocks, tellers, w.instant)) as day, g.scope, g.goal, g.occurred, g.tie, g.due, g.status,
    lag(g.status) over (partition by w.account, w.settings, w.instant, g.scope, g.goal order by status is null, g.occurred, g.tie) as before
  from wanted w join goal_told g on g.account = w.account and g.occurred <= clock_of(w.clocks, tellers, w.instant) where measure = 'success_plan'),
stood as (
  select account, measure, settings, instant, day, scope, goal, max_by(due, (occurred, tie)) filter (due is not null) as due,
    max_by(status, (occurred, tie)) filter (status is not null) as status, max(occurred) filter (status is not null and status is distinct from before) as since
  from known group by all),
goal as (
  select *, case when status in ('done', 'achieved', 'completed', 'complete', 'reached', 'met') then since end as done
  from stood where coalesce(status not in ('canceled', 'cancelled', 'dropped', 'withdrawn'), true)),
counted as (
  select *, case when done < due or due is null then done else due end as decided from goal)
select account, measure, settings, instant, count(*) filter (done is not null and (due is null or day_of(done) <= day_of(due))) / count(*)
from counted
where day_of(decided) <= case when done is null then day - 1 else day end and day_of(decided) > day - setting(settings, 'windowDays')
group by account, measure, settings, instant;
