-- What is given to the computation, as tables.

set timezone = 'UTC';

create table archive as
select given->>'object' as object, (given->>'line')::bigint as line, given->'head' as head, given->>'body' as body from given_archive;
create table link as select given->>'kind' as kind, given->>'value' as value, given->>'accountId' as account from given_link;
create table merge as select given->>'from' as account, given->>'into' as into_account from given_merge;
create table scorecard as select given->>'name' as name, given->'document' as document from given_scorecard;
create table calendar as select given->>'name' as name, given->'document' as document from given_calendar;
create table rate as select date_diff('day', date '1970-01-01', (given->>'date')::date) as day, lower(given->>'currency') as currency, (given->>'rate')::double as rate from given_rate;
create table company_zone as select given->>'companyZone' as zone from given_question;
create table reporting as select lower(given->>'reportingCurrency') as currency from given_question;
create table clock as select (given->>'clockMs')::bigint as instant from given_question;
create table asked as select unnest(from_json(given->'instants', '["bigint"]')) as instant from given_question;
create table metric_days as select range((given->'days'->>'from')::bigint, (given->'days'->>'to')::bigint) as days from given_question;
