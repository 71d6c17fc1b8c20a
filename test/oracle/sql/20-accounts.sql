-- Whose event is it, and which events count: docs/design/identity.md, docs/events.md.
-- In: arrived; link(kind, value, account): keys that a person tied to an account through the API.

create table edge as
with written as (select keys[1].value as account, data from arrived where connector = 'pulseline')
select distinct kind, value, account, strength from (
  select 'domain' as kind, lower(unnest(from_json(data->'domains', '["varchar"]'))) as value, account, 3 as strength from written
  union all
  select 'external:' || system, unnest(case json_type(ids) when 'ARRAY' then from_json(ids, '["varchar"]') else [ids->>'$'] end), account, 3
  from (select account, unnest(json_keys(data->'externalIds')) as system, data->'externalIds'->unnest(json_keys(data->'externalIds')) as ids from written)
  union all
  select kind, value, account, 3 from link
  union all
  -- An event that names an account beside a user or an e-mail ties both, as weak evidence.
  select key.kind, key.value, keys[1].value, 1 from (select keys, unnest(keys) as key from arrived where connector <> 'pulseline' and keys[1].kind = 'account') where key.kind in ('user', 'email'));

-- A key leads to an account when its best evidence speaks for one alone. Domains of free-mail providers never join.
create table leads as
select kind, value, any_value(account) as account, max(strength) as strength
from (select *, max(strength) over (partition by kind, value) as best from edge)
where strength = best and not (kind = 'domain' and value in ('gmail.com', 'outlook.com', 'yahoo.com', 'hotmail.com'))
group by kind, value having count(distinct account) = 1;

create table account as
select distinct account, coalesce(into_account, account) as stands_for from (
  select keys[1].value as account from arrived where keys[1].kind = 'account' and connector in ('native', 'pulseline')) left join merge using (account);

create macro kind_rank(kind) as case when kind = 'account' then 0 when starts_with(kind, 'external:') then 1 when kind = 'user' then 2 when kind = 'email' then 3 else 4 end;

-- The strongest kind of key that leads anywhere decides; then the better evidence; then the order of the keys.
create table resolved as
with key as (select arrival, item, unnest(keys) as key, generate_subscripts(keys, 1) as place from arrived),
led as (
  select key.arrival, key.item, coalesce(leads.account, account.account) as account,
    row_number() over (partition by key.arrival, key.item order by kind_rank(key.key.kind), leads.strength desc nulls first, place) as rank
  from key
  left join leads on leads.kind = key.key.kind and leads.value = key.key.value
  left join account on key.key.kind = 'account' and account.account = key.key.value
  where leads.account is not null or account.account is not null)
select arrived.*, led.account as home from arrived join led using (arrival, item) where led.rank = 1;

-- The same id again, of the same connection and account, is a repeat, or a conflict: the first that came counts. What belongs to an account
-- that was merged counts in the other one.
create table event as
select row_number() over (order by arrival, item) as number, * exclude (rank, arrival, item, account, stands_for), stands_for as account, day_of(occurred) as day,
  type in ('user.identified', 'account.updated') as profile,
  -- Records of vendors live apart from each other; what came natively has one scope.
  case when connector = 'native' then 'native' else connection end as scope
from (select *, row_number() over (partition by connection, home, id order by arrival, item) as rank from resolved) first join account on account.account = first.home where rank = 1;
delete from account where account <> stands_for;

-- What was said of an account: by a person or a source, of the account itself or of one that was merged into it.
create table said as
with told as (
  select account, home = account as own_word, id, connection, occurred, connector = 'pulseline' as person, data, key, case when key = 'attributes' then data->'attributes' else json_object(key, own(data, key)) end as fields
  from (select *, unnest(json_keys(data)) as key from event where type = 'account.updated')
  where key not in ('id', 'name', 'domains', 'externalIds', 'override', 'opinion', 'by'))
select account, own_word, id, connection, occurred, person, name, own(fields, name) as value from (select *, unnest(json_keys(fields)) as name from told);

-- Since when which value stands: the newest that a person wrote wins until it is withdrawn (null), else the newest that a source told; the
-- account's own word before that of a merged one. Of what was told at one instant the event with the greater id counts, then the greater source.
create table attribute_since as
with change as (select distinct account, name, occurred as since from said),
side as (
  select c.account, c.name, c.since, own_word, person, max_by(to_json(value), (s.occurred, s.id, s.connection)) as value
  from change c join said s on s.account = c.account and s.name = c.name and s.occurred <= c.since group by all)
select account, name, since, max_by(value, own_word::int * 2 + person::int) filter (has(value)) as value,
  coalesce(max_by(person, own_word::int * 2 + person::int) filter (has(value)), false) as person
from side group by account, name, since;

-- What stands now, and since when it has that value.
create table attribute as
with runs as (
  select *, value is distinct from lag(value) over (partition by account, name order by since) as is_news from attribute_since)
select account, name, max_by(value, since) as value, max_by(person, since) as person, max(since) filter (is_news) as occurred
from runs group by account, name having max_by(value is not null, since);

create view counted as select * from event where not profile;
create view usage as select * from event where type in ('feature.used', 'page.viewed', 'session.started', 'user.signed_in');
