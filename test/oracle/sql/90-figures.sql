-- All that was computed, one row a value. Of metrics the scorecard is empty, and zeros of counts are left out.

create table figure as
select 'metric ' || metric as figure, account, '' as scorecard, day * 86400000 as at_instant, value as number, null::varchar as word, 1e-9 as tolerance from metric
-- Of sketches the error is stated: quantiles are right to 1 %, distinct values to a standard error of 1.15 %, of which three times may be.
union all select 'measure ' || measure || ': value', account, scorecard, at_instant, value, status, case measure when 'own_slow' then 0.0101 when 'own_traces' then 0.0345 when 'own_traces_cut' then 0.0345 else 1e-9 end from health_measure
union all select 'measure ' || measure || ': score', account, scorecard, at_instant, score, null, 1e-9 from health_measure
union all select 'measure ' || measure || ': share', account, scorecard, at_instant, share, null, 1e-9 from health_measure
union all select 'measure ' || measure || ': freshness', account, scorecard, at_instant, freshness, null, 1e-9 from health_measure
union all select 'measure ' || measure || ': completeness', account, scorecard, at_instant, completeness, null, 1e-9 from health_measure
union all select 'measure ' || measure || ': contribution', account, scorecard, at_instant, contribution, null, contribution_tolerance from health_measure
union all select 'dimension ' || dimension || ': score', account, scorecard, at_instant, score, null, 1e-9 from health_dimension
union all select 'flag ' || flag || ': since', account, scorecard, at_instant, since, null, 1e-9 from flag
union all select 'score before caps', account, scorecard, at_instant, before_caps, null, 1e-9 from health
union all select 'score computed', account, scorecard, at_instant, computed, null, 1e-9 from health
union all select 'score and band', account, scorecard, at_instant, score, band, 1e-9 from health
union all select 'confidence', account, scorecard, at_instant, confidence, null, 1e-9 from health;
