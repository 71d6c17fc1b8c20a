-- Point facts that cap a score: docs/design/health.md, "Flags and caps". Out: flag(account, scorecard, at_instant, flag, since).

create table flag_spec as
select name as scorecard, flag->>'key' as flag, flag->'settings' as settings
from (select name, unnest(from_json(document->'flags', '["json"]')) as flag from scorecard);

create table flag (account varchar, scorecard varchar, at_instant bigint, flag varchar, since bigint);

-- Somebody who wrote in a ticket.
create table ticket_person as select distinct account, 'ticket ' || scope as scope, ticket, person_of(user_id, email) as person from ticket_told where person_of(user_id, email) is not null;

-- An urgent ticket is late as soon as its agreed time has passed on the calendar's clock; the oldest one is late first.
insert into flag
with urgent as (
  select s.scorecard, s.flag, k.account, k.at_instant, t.clock, h.calendar, min(t.since) as since, any_value(coalesce(sla_hours, setting(s.settings, 'slaHoursAssumed'))) * 3600000 as sla
  from flag_spec s
  join reading_clock k on k.ask = s.flag join profile p on p.account = k.account and p.at_instant = k.at_instant join hours h on h.account = k.account and h.scorecard = s.scorecard and h.at_instant = k.at_instant
  join support_read t on t.ask = s.flag and t.account = k.account and t.for_at = k.at_instant and t.is_open and t.priority = 'urgent'
  where s.flag = 'urgent_ticket_past_sla' or (s.flag = 'urgent_ticket_with_executive' and exists (
    from ticket_person w join contact_name n on n.account = w.account and n.name = w.person join contact_role r on r.account = n.account and r.person = n.person and r.at_instant = k.at_instant and r.instant = k.at_instant
    where w.account = t.account and w.scope = t.scope and w.ticket = t.ticket and (r.role = 'sponsor' or list_contains(from_json(s.settings->'executiveRoles', '["varchar"]'), r.role))))
  group by all),
late as (
  select u.*, case when calendar = 'always' then since + sla else (
    select min(m.minute * 60000 + (business_before(b.minutes_before, b.is_open, u.since) + u.sla - m.minutes_before * 60000))
    from business_minute m, business_minute b
    where m.name = u.calendar and b.name = u.calendar and b.minute = u.since // 60000 and m.is_open and (m.minutes_before + 1) * 60000 >= business_before(b.minutes_before, b.is_open, u.since) + u.sla) end as late_at
  from urgent u)
select account, scorecard, at_instant, flag, min(late_at) from late where late_at <= clock group by all;

insert into flag
select r.account, s.scorecard, k.at_instant, s.flag, min(r.since) + setting(s.settings, 'days')::bigint * 86400000
from flag_spec s join reading_clock k on k.ask = s.flag join refused_at r on r.account = k.account and r.instant = k.instant and r.clocks = k.clocks
where s.flag = 'payment_failed' and r.since + setting(s.settings, 'days')::bigint * 86400000 <= r.clock group by r.account, s.scorecard, k.at_instant, s.flag, s.settings;

-- Every champion has left, and nobody who is still there was in touch, as far as messages and meetings are known; where none ever was, nobody knows.
insert into flag
with champion as (
  select c.account, asked.instant, count(*) as champions, count(l.since) as gone, max(l.since) as since
  from contact_role c join asked on asked.instant = c.at_instant and asked.instant = c.instant left join left_at l on l.account = c.account and l.instant = asked.instant and l.person = c.person
  where c.role = 'champion' group by all)
select c.account, s.scorecard, c.instant, s.flag, c.since
from champion c join flag_spec s on s.flag = 'champion_left' join reading_clock t on t.ask = s.flag and t.account = c.account and t.at_instant = c.instant
where champions = gone and exists (from speaks h where h.account = c.account and h.source = 'engagement') and not exists (
  from contact_day d join contact_key k using (account, key)
  where d.account = c.account and d.day <= day_of(t.instant) and d.day > day_of(t.least) - setting(s.settings, 'windowDays')
    and not exists (from left_at l where l.account = c.account and l.instant = c.instant and l.person = k.person));

-- Notice: the customer's own date has come, or every subscription that began is canceled or over, and one of them was canceled.
insert into flag
with canceled as (
  select account, scope, subscription, revenue_instant.instant, min(occurred) as since
  from subscription_told join revenue_instant on occurred <= instant where status in ('canceled', 'cancelled') or cancels group by all),
leaving as (
  select s.account, s.instant, s.clocks, max(c.since) as since
  from subscription_read s left join canceled c on c.account = s.account and c.scope = s.scope and c.subscription = s.subscription and c.instant = s.clock and coalesce(s.is_canceled, false)
  group by s.account, s.instant, s.clocks having not bool_or(is_running and not coalesce(is_canceled, false)))
select account.account, s.scorecard, asked.instant, s.flag, since
from (
  select a.account, asked.instant, case when p.notice <= asked.instant then p.notice else l.since end as since
  from account a cross join asked join profile p on p.account = a.account and p.at_instant = asked.instant
  left join reading_clock k on k.account = a.account and k.ask = 'notice_to_leave' and k.at_instant = asked.instant
  left join leaving l on l.account = a.account and l.instant = k.instant and l.clocks = k.clocks) f
join flag_spec s on s.flag = 'notice_to_leave' join asked on asked.instant = f.instant join account on account.account = f.account
where since is not null;
