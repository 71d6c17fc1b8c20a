-- The relationship: messages and meetings by UTC day, and the people of the customer.

create macro instant_told(data, occurred) as case when instant_of(data->'at') <= occurred + 86400000 then instant_of(data->'at') else occurred end;
-- A person as records name one: the e-mail in lower case where it is known, else the user id.
create macro person_named(j) as case json_type(j)
  when 'OBJECT' then coalesce(lower(nullif(j->>'email', '')), case when contains(j->>'id', '@') then lower(j->>'id') else j->>'id' end)
  when 'VARCHAR' then case when contains(j->>'$', '@') then lower(trim(j->>'$')) else nullif(trim(j->>'$'), '') end
  when 'UBIGINT' then j->>'$' end;
create macro person_of(user_id, email) as coalesce(lower(email), case when contains(user_id, '@') then lower(user_id) else user_id end);

-- What passed between us: sent, replied, held, missed; spoke: the customer wrote in a conversation.
create table passed as
select account, occurred, user_id, email, data, day_of(instant_told(data, occurred)) as day,
  case type when 'message.sent' then 'sent' when 'message.replied' then 'replied' when 'meeting.held' then 'held' when 'meeting.missed' then 'missed' else 'spoke' end as what
from event
where type in ('message.sent', 'message.replied', 'meeting.held', 'meeting.missed')
  or (type in ('conversation.created', 'conversation.replied') and coalesce(
    not coalesce((data->'author'->>'isStaff')::boolean, null),
    not (lower(case when json_type(data->'author') = 'VARCHAR' then data->>'author' else data->'author'->>'type' end) in ('admin', 'agent', 'bot', 'staff', 'team', 'teammate', 'operator', 'us')),
    user_id is not null or email is not null));

create table contact_day as
select distinct account, day, unnest(list_filter(list_concat([person_of(user_id, email)],
  list_transform(case json_type(data->'with') when 'ARRAY' then from_json(data->'with', '["json"]') when 'NULL' then [] else coalesce([data->'with'], []) end, lambda one: person_named(one))), lambda one: one is not null)) as key
from passed where what in ('replied', 'held', 'spoke');

create table contact_told as
select account, person_of(user_id, email) as key, occurred, id || '/' || connection as tie, user_id, coalesce(lower(data->>'email'), lower(email)) as email,
  coalesce(data->>'name', name) as name, data->>'role' as role, data->>'title' as title, word_of(data->'status') as status
from event where type = 'user.identified' and person_of(user_id, email) is not null;

-- Each name that a record tells of its person counts from the telling that made it that one: told again it is no news.
create table contact_change as
select account, key, what, value, occurred, tie from (
  select *, lag(value) over (partition by account, key, what order by occurred, tie) as before from (
    select account, key, occurred, tie, unnest(['email', 'user_id', 'name']) as what, unnest([email, user_id, name]) as value from contact_told)
  where value is not null)
where value is distinct from before;
create table contact_record as
select account, key,
  max_by(value, (occurred, tie)) filter (what = 'email') as email, max({'at': occurred, 'tie': tie}) filter (what = 'email') as email_since,
  max_by(value, (occurred, tie)) filter (what = 'user_id') as user_id, max({'at': occurred, 'tie': tie}) filter (what = 'user_id') as user_id_since,
  lower(max_by(value, (occurred, tie)) filter (what = 'name')) as name, max({'at': occurred, 'tie': tie}) filter (what = 'name') as name_since
from (select * from contact_change union all select account, key, null, null, null, null from contact_told
  union all select account, key, null, null, null, null from contact_day) group by all;

-- Who is known by an id and by an e-mail is one as soon as a record tells both. A name that several records tell is that of who came by it last.
create table alias_told as
select account, other, max_by(person, (since, key)) as person, max({'since': since, 'key': key}) as told from (
  select account, key, key as other, email as person, email_since as since from contact_record where email <> key
  union all select account, key, person_of(user_id, null), coalesce(email, key), user_id_since from contact_record where person_of(user_id, null) <> coalesce(email, key))
group by account, other;
-- An e-mail that leads on to another is followed to its end. What leads round is one person, called as the newest of these tellings says.
create table alias as
with recursive hop as (
  select account, other, [other, person] as path from alias_told
  union all
  select hop.account, hop.other, list_append(hop.path, next.person) from hop join alias_told next on next.account = hop.account and next.other = hop.path[-1]
  where len(list_distinct(hop.path)) = len(hop.path)),
longest as (select account, other, max_by(path, len(path)) as path from hop group by all)
select account, other, case when len(list_distinct(path)) = len(path) then path[-1] else (
  select max_by(a.person, a.told) from alias_told a where a.account = longest.account and list_contains(path[list_position(path, path[-1]):], a.other)) end as person
from longest;
create table own_name as select account, name, max_by(key, (name_since, key)) as key from contact_record where name is not null group by all;

-- Who an attribute names: by e-mail, id or own name.
create table role_named as
with named as (
  select account, at_instant, name as role, person_named(unnest(case json_type(value) when 'ARRAY' then from_json(value, '["json"]') else [value] end)) as person
  from attribute_at where name in ('sponsor', 'champion') and has(value))
select distinct f.account, f.at_instant, role, coalesce(alias.person, found) as person
from (select named.account, named.at_instant, role, coalesce(r.key, named.person) as found from named left join own_name r on r.account = named.account and r.name = lower(named.person)) f
left join alias on alias.account = f.account and alias.other = found;

create table contact_key as select r.account, r.key, coalesce(alias.person, r.key) as person from contact_record r left join alias on alias.account = r.account and alias.other = r.key;

-- Instants as of which people are told of: those of measures, which are held where their source is behind, and those that are asked for.
create table people_instant as select distinct account, at_instant, instant from wanted union select account, instant, instant from account cross join asked;

-- The role and title that a person had at an instant, each as a whole and by its words; before the first was told, that one. And what the attributes say.
create macro words_of(words) as list_concat([lower(trim(words))], list_filter(regexp_split_to_array(lower(trim(words)), '[^\p{L}\p{N}]+'), lambda word: word <> ''));
create table contact_role as
with stood as (
  select i.account, i.at_instant, i.instant, k.person,
    coalesce(max_by(role, (occurred, tie)) filter (role is not null and occurred <= i.instant), min_by(role, (occurred, tie)) filter (role is not null)) as role,
    coalesce(max_by(title, (occurred, tie)) filter (title is not null and occurred <= i.instant), min_by(title, (occurred, tie)) filter (title is not null)) as title
  from people_instant i join contact_told t on t.account = i.account join contact_key k on k.account = t.account and k.key = t.key group by all)
select distinct account, at_instant, instant, person, role from (
  select account, at_instant, instant, person, unnest(words_of(role)) as role from stood where role is not null
  union all select account, at_instant, instant, person, unnest(words_of(title)) from stood where title is not null
  union all select account, at_instant, instant, person, role from role_named join people_instant using (account, at_instant));
-- Every name of a person, and nobody else's.
create table contact_name as
select k.account, k.person, name from (
  select account, person, key as name from contact_key
  union select k.account, k.person, person_of(r.user_id, null) from contact_key k join contact_record r using (account, key) where r.user_id is not null) k
left join alias on alias.account = k.account and alias.other = name where coalesce(alias.person, name) = k.person
union select account, person, person from contact_key
union select account, person, person from role_named;

create macro is_left(status) as coalesce(status in ('left', 'departed', 'former', 'gone', 'no longer there'), false);
-- Who has left by an instant, and since when: the last that was told of the person's status, under whatever name, is that of somebody who is gone.
create table left_at as
with i as (select distinct account, instant from people_instant),
status as (
  select i.account, i.instant, k.person, t.status, t.occurred, t.tie, lag(t.status) over (partition by i.account, i.instant, k.person order by t.occurred, t.tie) as before
  from i join contact_told t on t.account = i.account and t.occurred <= i.instant join contact_key k on k.account = t.account and k.key = t.key where t.status is not null)
select account, instant, person, max(occurred) filter (is_left(status) and not is_left(before)) as since
from status group by all having is_left(max_by(status, (occurred, tie)));

create table relationship_wanted as
select wanted.*, setting(settings, 'windowDays')::bigint as length, first_day, day_of(least) as least_day
from wanted join measure_source using (measure) join (select account, min(day) as first_day from passed group by account) using (account)
where source = 'engagement' and first_day <= day;

insert into measured
select w.account, w.measure, settings, instant, greatest(0, w.least_day - coalesce(max(passed.day), w.first_day)) / coalesce(cadence_days, setting(settings, 'cadenceDaysAssumed'))
from relationship_wanted w join profile using (account, at_instant)
left join passed on passed.account = w.account and passed.day <= w.day and what in ('replied', 'held', 'spoke')
where w.measure = 'two_way_contact' group by w.account, w.measure, settings, instant, w.least_day, w.first_day, cadence_days;

insert into measured
with touch as (
  select distinct w.account, w.settings, w.instant, k.person
  from relationship_wanted w join contact_day d on d.account = w.account and d.day <= w.day and d.day > w.least_day - w.length
  join contact_key k on k.account = d.account and k.key = d.key
  where w.measure = 'people_in_touch' and not exists (from left_at l where l.account = w.account and l.instant = w.instant and l.person = k.person)),
silent as (
  select w.account, w.settings, w.instant, r.role
  from relationship_wanted w join contact_role r using (account, at_instant, instant)
  left join touch t on t.account = w.account and t.settings = w.settings and t.instant = w.instant and t.person = r.person
  where w.measure = 'people_in_touch' and r.role in ('champion', 'sponsor')
  group by all having count(t.person) = 0)
select account, measure, settings, instant, greatest(0,
  (select count(*) from touch t where t.account = w.account and t.settings = w.settings and t.instant = w.instant)
  - setting(settings, 'keyRolePenalty') * (select count(*) from silent s where s.account = w.account and s.settings = w.settings and s.instant = w.instant))
from relationship_wanted w where measure = 'people_in_touch';

create table passed_sum as
select w.account, w.measure, w.settings, w.instant, count(*) filter (what = 'sent') as sent, count(*) filter (what = 'replied') as replied,
  count(*) filter (what = 'held') as held, count(*) filter (what = 'missed') as missed
from relationship_wanted w join passed p on p.account = w.account and p.day <= w.day and p.day > w.least_day - w.length
group by all;
insert into measured select account, measure, settings, instant, replied / sent from passed_sum where measure = 'reply_share' and sent > 0;
insert into measured select account, measure, settings, instant, held / (held + missed) from passed_sum where measure = 'meeting_attendance' and held + missed > 0;
