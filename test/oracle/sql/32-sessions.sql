-- Sessions: usage of one person without a pause of 30 minutes (`sessionGapMinutes`, 15 to 240), in whole seconds, by the day of their
-- beginning, once they are over. docs/design/time.md

create table session as
with gap as (select account, 60000 * least(240, greatest(15, coalesce((select (value->>'$')::double from attribute where attribute.account = account.account and name = 'sessionGapMinutes' and (value->>'$')::double > 0), 30))) as gap from account),
used as (select distinct account, user_id as person, occurred // 1000 * 1000 as occurred from usage where user_id is not null),
begun as (select *, coalesce(occurred - lag(occurred) over (partition by account, person order by occurred) > gap, true)::int as begins from used join gap using (account)),
numbered as (select *, sum(begins) over (partition by account, person order by occurred) as session from begun)
select account, person, min(occurred) as began, max(occurred) as ended
from numbered group by account, person, session, gap having max(occurred) + gap <= (select instant from clock);

insert into metric select account, 'sessions', day_of(began), count(*) from session group by all;

-- The length that a share of the others lies below; of two that are equally near the smaller one.
create macro quantile_of(lengths, share) as list_sort(lengths)[1 + ceil(share * (len(lengths) - 1) - 0.5)::bigint];
insert into metric select account, 'session_length_p50', day_of(began), quantile_of(list((ended - began) / 1000), 0.5) from session group by account, day_of(began);
insert into metric select account, 'session_length_p90', day_of(began), quantile_of(list((ended - began) / 1000), 0.9) from session group by account, day_of(began);
