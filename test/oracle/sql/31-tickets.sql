-- Tickets: status, transitions and counts derive from what was observed, sorted by the vendor's clock (docs/design/accounts.md).

create table ticket_told as
select account, scope, connection, number, id, type, occurred, user_id, email, data, id_of(data->'ticketId') as ticket,
  case when instant_of(data->'createdAt') <= occurred + 86400000 then instant_of(data->'createdAt') when type = 'ticket.created' then occurred end as created,
  case type
    when 'ticket.solved' then case when word_of(data->'status') = 'closed' then 'closed' else 'solved' end
    when 'ticket.reopened' then case when word_of(data->'status') in ('new', 'open', 'pending', 'hold') then word_of(data->'status') else 'open' end
    when 'ticket.created' then coalesce(word_of(data->'status'), 'new')
    else word_of(data->'status') end as status,
  -- Of Zendesk a null says that there is none; elsewhere null is the same as absent.
  coalesce(word_of(data->'priority'), case when connector = 'zendesk' and json_type(data->'priority') = 'NULL' then 'none' end) as priority,
  case when type = 'ticket.rated' then word_of(data->'score') end as rating
from event where starts_with(type, 'ticket.') and id_of(data->'ticketId') is not null;

create table ticket as
select account, scope, ticket, min(created) as created, min(occurred) filter (status is not null or priority is not null) as first_seen
from ticket_told group by all;

-- Each change of status. A known creation is one too: new, not later than what was seen first.
create table ticket_step as
with status as (
  select account, scope, ticket, least(created, coalesce(first_seen, created)) as occurred, '' as id, 0 as place, 'new' as status from ticket where created is not null
  union all
  select account, scope, ticket, occurred, id, 1, status from ticket_told where status is not null),
step as (select *, lag(status) over (partition by account, scope, ticket order by place, occurred, id) as before from status)
select *, status in ('new', 'open', 'pending', 'hold') as is_open, coalesce(before in ('new', 'open', 'pending', 'hold'), false) as was_open,
  -- Seen closed without having been seen solved: it was solved at some time.
  status in ('solved', 'closed') and coalesce(before not in ('solved', 'closed', 'deleted'), true) as becomes_solved,
  status in ('new', 'open', 'pending', 'hold') and coalesce(before in ('solved', 'closed'), false) as is_reopened
from step where status is distinct from before;

insert into metric select account, 'tickets_created', day_of(created), count(*) from ticket where created is not null group by all;
insert into metric select account, 'tickets_solved', day_of(occurred), count(*) from ticket_step where becomes_solved group by all;

insert into metric
select account, 'ticket_backlog', days.day, sum(is_open::int - was_open::int)
from (select account, unnest(range(min(day_of(occurred)), (select day_of(instant) + 2 from clock))) as day from ticket_step group by account) days
join ticket_step using (account) where day_of(occurred) <= days.day
group by all;
