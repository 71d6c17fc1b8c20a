-- A measure of one's own, as its expression says: account.count("events.survey.answered", 90) / account.number("seats")

insert into measured
select w.account, w.measure, w.settings, w.instant, coalesce((select sum(value) from metric m where m.account = w.account and m.metric = 'events.survey.answered' and m.day <= w.day and m.day > w.day - 90), 0) / seats
from wanted w join profile using (account, at_instant)
where w.measure = 'surveys_per_seat' and seats > 0 and exists (from fact_time f where f.account = w.account and f.source = 'success' and f.visible <= w.instant);
