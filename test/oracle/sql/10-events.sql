-- From the raw archive to events, as docs/events.md and the READMEs of the connectors say.
-- In: archive(object, line, head JSON, body): one row a delivery, body expanded to text; settings.

create macro day_of(instant) as instant // 86400000;
-- RFC 3339, a date, or epoch ms.
create macro instant_of(j) as case when json_type(j) = 'VARCHAR' then epoch_ms((j->>'$')::timestamptz) when json_type(j) in ('UBIGINT', 'BIGINT') then (j->>'$')::bigint end;
create macro word_of(j) as lower(trim(j->>'$'));
create macro id_of(j) as case when json_type(j) in ('VARCHAR', 'UBIGINT', 'BIGINT') then j->>'$' end;
-- A field whose name may begin with a dollar sign, which would be a path.
create macro own(j, name) as json_extract(j, '$."' || name || '"');
create macro own_text(j, name) as json_extract_string(j, '$."' || name || '"');
create macro has(j) as coalesce(json_type(j), 'NULL') <> 'NULL';

create table delivery as
  select row_number() over (order by object, line) as arrival, head->>'connectionId' as connection, head->>'connector' as connector, head->>'form' as form,
    (head->>'receivedAt')::bigint as received, head->>'lane' as lane, head->'meta'->>'invocationId' as invocation,
    head->'settings' as settings, head->>'id' as delivery, body
  from archive;

-- One row an event as it came. keys: kind and value, the strongest kind first; user_key: who did it.
create table arrived (
  arrival bigint, item bigint, connection varchar, connector varchar, form varchar, received bigint, lane varchar,
  id varchar, type varchar, occurred bigint, user_id varchar, email varchar, name varchar, keys struct(kind varchar, value varchar)[], data json
);

create macro mail_keys(address) as case when contains(address, '@')
  then [{kind: 'email', value: lower(address)}, {kind: 'domain', value: lower(split_part(address, '@', -1))}] else [] end;

-- Native events: one, an array, {"events": […]}, or a line each.
insert into arrived
with item as (
  select d.*, unnest(items) as event, generate_subscripts(items, 1) as place from (
    select *, case
      when not json_valid(body) then list_transform(list_filter(string_split(body, chr(10)), lambda text: trim(text) <> ''), lambda text: text::json)
      when json_type(body) = 'ARRAY' then from_json(body, '["json"]')
      when json_type(body->'events') = 'ARRAY' then from_json(body->'events', '["json"]')
      else [body::json] end as items
    from delivery where connector = 'native') d)
select arrival, place, connection, 'native', form, received, lane, event->>'id', event->>'type', instant_of(event->'time'),
  id_of(event->'user'->'id'), lower(event->'user'->>'email'), event->'user'->>'name',
  list_concat(
    case when has(event->'account'->'id') then [{kind: 'account', value: event->'account'->>'id'}] else [] end,
    list_transform(coalesce(json_keys(event->'account'->'externalIds'), []), lambda system: {kind: 'external:' || system, value: json_extract_string(event, '$.account.externalIds."' || system || '"')}),
    case when has(event->'user'->'id') then [{kind: 'user', value: event->'user'->>'id'}] else [] end,
    case when has(event->'user'->'email') then mail_keys(event->'user'->>'email') else [] end,
    case when has(event->'user'->'id') then mail_keys(event->'user'->>'id') else [] end,
    case when has(event->'account'->'domain') then [{kind: 'domain', value: lower(event->'account'->>'domain')}] else [] end),
  case when json_type(event->'data') = 'OBJECT' then event->'data' else '{}' end
from item;

-- Mixpanel: the text after data=, base64 or JSON; one item or a list. A plus in base64 is a plus.
create macro mixpanel_sent(body) as case when starts_with(body, 'data=') then url_decode(split_part(substr(body, 6), '&', 1)) else body end;
create macro mixpanel_json(sent) as case when left(sent, 1) in ('[', '{') then sent::json else decode(from_base64(sent))::json end;
insert into arrived
with item as (
  select d.*, unnest(case json_type(content) when 'ARRAY' then from_json(content, '["json"]') else [content] end) as event,
    generate_subscripts(case json_type(content) when 'ARRAY' then from_json(content, '["json"]') else [content] end, 1) as place
  from (select * exclude (body), mixpanel_json(mixpanel_sent(body)) as content from delivery where connector = 'mixpanel') d),
told as (
  select *, event->'properties' as told, event->>'event' as event_name, event->'properties'->>'time' as stamp from item where form in ('track', 'import') and not coalesce(own_text(event->'properties', '$ignore') = 'true', false)),
person as (
  select *, list_filter([own_text(told, '$user_id'), told->>'distinct_id', '$device:' || own_text(told, '$device_id')], lambda id: id <> '') as ids,
    round(case when stamp::double > 1e11 then stamp::double else stamp::double * 1000 end)::bigint as occurred
  from told)
select arrival, place, connection, 'mixpanel', form, received, lane,
  case when own_text(told, '$insert_id') <> '' then concat_ws(chr(10), event_name, told->>'distinct_id', occurred, own_text(told, '$insert_id'))
    when occurred is null then concat_ws(chr(10), delivery, place) else event::varchar end,
  case when event_name = '$experiment_started' then 'experiment.exposed'
    when event_name in ('$mp_web_page_view', 'Page View', 'Page Viewed', 'page_view', 'pageview') then 'page.viewed'
    when event_name = '$session_start' then 'session.started'
    when event_name in ('$identify', '$create_alias', '$merge') then 'user.identified' else 'feature.used' end,
  coalesce(occurred, received), coalesce(own_text(told, '$user_id'), told->>'distinct_id', '$device:' || (own_text(told, '$device_id'))), null, null,
  list_concat(
    case when has(own(told, settings->>'accountKey')) then [{kind: 'account', value: own_text(told, settings->>'accountKey')}] else [] end,
    list_transform(case json_type(own(told, settings->>'groupKey')) when 'ARRAY' then from_json(own(told, settings->>'groupKey'), '["varchar"]') when 'VARCHAR' then [own_text(told, settings->>'groupKey')] else [] end, lambda one: {kind: 'external:mixpanel', value: one}),
    list_transform(ids, lambda one: {kind: 'user', value: one}),
    flatten(list_transform(ids, lambda one: mail_keys(one)))),
  case when event_name = '$experiment_started' then json_object('experiment', told->'Experiment name', 'variant', told->'Variant name')
    when event_name in ('$mp_web_page_view', 'Page View', 'Page Viewed', 'page_view', 'pageview')
      then json_object('page', coalesce(told->>'current_url_path', told->>'page', regexp_replace(regexp_replace(own_text(told, '$current_url'), '^[a-z]+://[^/]*', ''), '[?#].*$', '')))
    else json_object('event', event_name) end
from person
union all
select arrival, place, connection, 'mixpanel', form, received, lane, concat_ws(chr(10), delivery, place), 'user.identified', received,
  own_text(event, '$distinct_id'), own_text(own(event, '$set'), '$email'), own_text(own(event, '$set'), '$name'),
  list_concat(
    case when has(own(own(event, '$set'), settings->>'accountKey')) then [{kind: 'account', value: own_text(own(event, '$set'), settings->>'accountKey')}] else [] end,
    case when has(own(own(event, '$set'), settings->>'groupKey')) then [{kind: 'external:mixpanel', value: own_text(own(event, '$set'), settings->>'groupKey')}] else [] end,
    [{kind: 'user', value: own_text(event, '$distinct_id')}], mail_keys(own_text(event, '$distinct_id')),
    case when has(own(own(event, '$set'), '$email')) then mail_keys(own_text(own(event, '$set'), '$email')) else [] end),
  '{}'
from item where form = 'engage'
union all
select arrival, place, connection, 'mixpanel', form, received, lane, concat_ws(chr(10), delivery, place), 'account.updated', received, null, null, null,
  [{kind: case when own_text(event, '$group_key') = (settings->>'accountKey') then 'account' else 'external:mixpanel' end, value: own_text(event, '$group_id')}],
  json_object('attributes', own(event, '$set'))
from item where form = 'groups' and own_text(event, '$group_key') in (settings->>'accountKey', settings->>'groupKey');

-- Zendesk: a ticket event (UPPER CASE words; the change is surer than the summary), or a trigger's body in words of its own.
create macro ticket_status(word) as case when lower(word) in ('archived', 'scrubbed') then 'closed'
  when lower(word) in ('new', 'open', 'pending', 'hold', 'solved', 'closed', 'deleted') then lower(word) end;
create macro ticket_priority(word) as case when lower(word) in ('low', 'normal', 'high', 'urgent') then lower(word) end;

insert into arrived
with told as (select *, body::json as event, body::json->'detail' as detail, split_part(body::json->>'type', 'event-type:ticket.', 2) as change from delivery where connector = 'zendesk'),
subscribed as (
  select *,
    case when change in ('soft_deleted', 'permanently_deleted', 'marked_as_spam') then 'deleted'
      else coalesce(case when change = 'status_changed' then ticket_status(event->'event'->>'current') end, ticket_status(detail->>'status')) end as status,
    coalesce(case when change = 'priority_changed' then ticket_priority(event->'event'->>'current') end, ticket_priority(detail->>'priority')) as priority,
    ticket_status(event->'event'->>'previous') as previous
  from told where starts_with(event->>'type', 'zen:event-type:ticket.') and list_contains(string_split(
    'created status_changed comment_added agent_assignment_changed attachment_linked_to_comment attachment_redacted_from_comment brand_changed comment_made_private comment_redacted custom_field_changed custom_status_changed description_changed email_ccs_changed external_id_changed followers_changed form_changed group_assignment_changed marked_as_spam merged next_sla_breach_changed organization_changed permanently_deleted priority_changed problem_link_changed requester_changed soft_deleted subject_changed submitter_changed tags_changed task_due_at_changed type_changed undeleted', ' '), change))
select arrival, 1, connection, 'zendesk', form, received, lane, coalesce(event->>'id', 'invocation-' || invocation),
  case when change = 'created' then 'ticket.created' when change = 'comment_added' then 'ticket.commented'
    when change = 'status_changed' and status = 'solved' then 'ticket.solved'
    when change = 'status_changed' and previous in ('solved', 'closed') and status in ('new', 'open', 'pending', 'hold') then 'ticket.reopened'
    else 'ticket.updated' end,
  epoch_ms((event->>'time')::timestamptz), 'zendesk:' || (detail->>'requester_id'), null, null,
  list_concat(
    case when has(detail->'organization_id') then [{kind: 'external:zendesk', value: detail->>'organization_id'}] else [] end,
    case when has(detail->'requester_id') then [{kind: 'external:zendesk-user', value: detail->>'requester_id'}] else [] end),
  json_object('ticketId', detail->>'id', 'status', status, 'priority', priority, 'createdAt', epoch_ms((detail->>'created_at')::timestamptz),
    'public', event->'event'->'comment'->'is_public', 'author', json_object('isStaff', coalesce((event->'event'->'comment'->'author'->>'is_staff')::boolean, false)))
from subscribed
union all
select arrival, 1, connection, 'zendesk', form, received, lane, 'invocation-' || invocation,
  case when starts_with(lower(event->>'event'), 'ticket.') then lower(event->>'event') when contains(lower(event->>'event'), 'comment') then 'ticket.commented' else 'ticket.updated' end,
  coalesce(instant_of(event->'updatedat'), received), null, null, null,
  list_concat(
    case when has(event->'organizationid') then [{kind: 'external:zendesk', value: event->>'organizationid'}] else [] end,
    case when has(event->'requesterid') then [{kind: 'external:zendesk-user', value: event->>'requesterid'}] else [] end,
    case when has(event->'requesteremail') then mail_keys(event->>'requesteremail') else [] end),
  json_merge_patch('{}', json_object('ticketId', event->>'ticketid', 'status', ticket_status(event->>'status'), 'priority', ticket_priority(event->>'priority'),
    'createdAt', instant_of(event->'createdat'), 'score', lower(coalesce(event->>'score', event->>'satisfaction'))))
from (
  select * exclude (event), (select json_group_object(regexp_replace(lower(name), '[-_. ]', '', 'g'), own(event, name)) from unnest(json_keys(event)) names(name)) as event
  from told where coalesce(not starts_with(event->>'type', 'zen:event-type:'), true));

-- What people write about an account through the API.
insert into arrived
select arrival, 1, connection, 'pulseline', form, received, lane, delivery, 'account.updated', received, null, null, null,
  [{kind: 'account', value: body::json->>'id'}], body::json
from delivery where connector = 'pulseline';
