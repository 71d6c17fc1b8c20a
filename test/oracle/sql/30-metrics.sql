-- The metrics that every account has, by UTC day: CONTRACT, section 3; docs/design/accounts.md and time.md.
-- In: event; clock(at). Out: metric(account, metric, day, value), zeros left out.

create table metric (account varchar, metric varchar, day bigint, value double);

insert into metric select account, 'events', day, count(*) from counted group by all;
insert into metric select account, 'events.' || type, day, count(*) from counted group by all;
insert into metric select account, 'product_events', day, count(*) from usage group by all;

-- Distinct people with usage in the days that end with each day.
create view person_day as select distinct account, day, user_id as person from usage where user_id is not null;
insert into metric
select account, 'active_users_' || days || 'd', ends.day, count(distinct person)
from (values (1), (7), (28)) spans(days), (select account, unnest(range(min(day), max(day) + 29)) as day from person_day group by account) ends
join person_day using (account)
where person_day.day > ends.day - days and person_day.day <= ends.day
group by all;
