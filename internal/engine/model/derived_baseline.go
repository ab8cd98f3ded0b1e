package model

// baselineSteps make the models about an account's own past and its peers.
func baselineSteps() []derivedStep {
	return []derivedStep{
		{"user_day", `CREATE TEMP TABLE user_day AS
WITH opened AS (
  SELECT mdl_d_no_patient(k) AS k, COUNT(*) AS patients, COUNT(*) FILTER (WHERE n_taking > 0) AS taken,
         COUNT(*) FILTER (WHERE strength = 0 AND can_explain) AS unexplained,
         COUNT(*) FILTER (WHERE glass) AS glass, COUNT(*) FILTER (WHERE n_off_hours > 0) AS off_hours
  FROM mdl_d_access GROUP BY ALL),
deleted AS (SELECT u, d, CAST(SUM(deletes) AS BIGINT) AS deletes FROM mdl_d_deleted GROUP BY u, d),
days AS (
  SELECT y.site, y.user_id, y.u, y.d, y.person_id, y.role, COALESCE(o.patients, 0) AS patients, COALESCE(o.taken, 0) AS taken,
         COALESCE(o.unexplained, 0) AS unexplained, COALESCE(x.deletes, 0) AS deletes,
         COALESCE(o.glass, 0) AS glass, COALESCE(o.off_hours, 0) AS off_hours
  FROM mdl_d_user_day y
  LEFT JOIN opened o ON o.k = y.k
  LEFT JOIN deleted x ON x.u = y.u AND x.d = y.d)
SELECT y.site, y.user_id, y.person_id, y.role, CAST(y.d AS BIGINT) AS day_no, y.patients, y.taken, y.unexplained, y.deletes, y.glass, y.off_hours,
       CAST(MEDIAN(y.patients) OVER own AS DOUBLE) AS med_patients, CAST(MAD(y.patients) OVER own AS DOUBLE) AS mad_patients,
       CAST(MEDIAN(y.taken) OVER own AS DOUBLE) AS med_taken, CAST(MAD(y.taken) OVER own AS DOUBLE) AS mad_taken,
       COUNT(*) OVER own AS hist_days
FROM days y
WINDOW own AS (PARTITION BY y.u ORDER BY y.d ROWS BETWEEN 28 PRECEDING AND 1 PRECEDING)`},
		{"user_hour", `CREATE TEMP TABLE user_hour AS
WITH opened AS (
  SELECT mdl_d_user_of(t.k) AS u, t.h, COUNT(*) AS patients, COUNT(*) FILTER (WHERE a.strength = 0 AND a.can_explain) AS unexplained
  FROM mdl_d_hit t JOIN mdl_d_access a ON a.k = t.k
  GROUP BY ALL),
deleted AS (SELECT u, h, CAST(SUM(deletes) AS BIGINT) AS deletes FROM mdl_d_deleted GROUP BY u, h),
hours AS (
  SELECT x.u, x.h, x.d, x.first_s, x.last_s, COALESCE(o.patients, 0) AS patients, COALESCE(o.unexplained, 0) AS unexplained,
         COALESCE(g.deletes, 0) AS deletes
  FROM mdl_d_active x
  LEFT JOIN opened o ON o.u = x.u AND o.h = x.h
  LEFT JOIN deleted g ON g.u = x.u AND g.h = x.h),
days AS (
  SELECT u, d, QUANTILE_DISC(patients, 0.99) OVER own AS p99
  FROM hours
  WINDOW own AS (PARTITION BY u ORDER BY d RANGE BETWEEN 28 PRECEDING AND 1 PRECEDING)),
history AS (
  SELECT u, d, COUNT(*) OVER (PARTITION BY u ORDER BY d RANGE BETWEEN 28 PRECEDING AND 1 PRECEDING) AS hist_days
  FROM (SELECT DISTINCT u, d FROM hours) x)
SELECT y.site, y.user_id, y.person_id, CAST(x.h AS BIGINT) AS hour_no, CAST(x.d AS BIGINT) AS day_no, x.first_s, x.last_s,
       x.patients, x.unexplained, x.deletes, CAST(q.p99 AS DOUBLE) AS p99_patients, z.hist_days
FROM hours x
JOIN mdl_d_user_day y ON y.u = x.u AND y.d = x.d
JOIN (SELECT u, d, MAX(p99) AS p99 FROM days GROUP BY u, d) q ON q.u = x.u AND q.d = x.d
JOIN history z ON z.u = x.u AND z.d = x.d`},
		// The values of a role in the 8 weeks before are one pool, shared by its
		// accounts; only the number of peers leaves the account itself out.
		{"user_week", `CREATE TEMP TABLE user_week AS
WITH roles AS (
  SELECT u, w, ARG_MAX(role, d) AS role, ARG_MAX(person_id, d) AS person_id
  FROM (SELECT u, d, role, person_id, d - (d + 3) % 7 AS w FROM mdl_d_user_day) y GROUP BY u, w),
opened AS (
  SELECT u, w, COUNT(DISTINCT CASE WHEN n_clinical > 0 THEN p END) AS patients,
         COUNT(DISTINCT CASE WHEN n_clinical > 0 AND strength = 0 AND can_explain THEN p END) AS unexplained,
         COUNT(DISTINCT CASE WHEN glass THEN p END) AS glass
  FROM (SELECT mdl_d_user_of(k) AS u, mdl_d_patient_of(k) AS p, n_clinical, glass, strength, can_explain,
               mdl_d_day_of(k) - (mdl_d_day_of(k) + 3) % 7 AS w FROM mdl_d_access) a
  GROUP BY u, w),
weeks AS (
  SELECT k.site, r.u, r.w, r.role, r.person_id, COALESCE(o.patients, 0) AS patients, COALESCE(o.unexplained, 0) AS unexplained, COALESCE(o.glass, 0) AS glass
  FROM roles r JOIN mdl_d_user k ON k.u = r.u LEFT JOIN opened o ON o.u = r.u AND o.w = r.w),
steps AS (SELECT CAST(7 * i AS INTEGER) AS back FROM range(1, 9) t(i)),
pool AS (
  SELECT x.site, x.role, x.w, b.u, b.unexplained, b.glass
  FROM (SELECT DISTINCT site, role, w FROM weeks) x CROSS JOIN steps s
  JOIN weeks b ON b.site = x.site AND b.role = x.role AND b.w = x.w - s.back),
normal AS (
  SELECT site, role, w, COUNT(DISTINCT u) AS n, QUANTILE_DISC(unexplained, 0.95) AS p95_unexplained, QUANTILE_DISC(glass, 0.95) AS p95_glass
  FROM pool GROUP BY site, role, w),
own AS (SELECT DISTINCT site, role, w, u FROM pool),
history AS (
  SELECT site, w, COUNT(*) OVER (PARTITION BY site ORDER BY w RANGE BETWEEN 56 PRECEDING AND 7 PRECEDING) AS hist_weeks
  FROM (SELECT DISTINCT site, w FROM weeks) x)
SELECT x.site, k.user_id, x.person_id, x.role, CAST(x.w AS BIGINT) AS week_day, x.patients, x.unexplained, x.glass,
       COALESCE(m.n, 0) - CASE WHEN o.u IS NULL THEN 0 ELSE 1 END AS peers,
       CAST(m.p95_unexplained AS DOUBLE) AS peer_p95_unexplained, CAST(m.p95_glass AS DOUBLE) AS peer_p95_glass, z.hist_weeks
FROM weeks x
JOIN mdl_d_user k ON k.u = x.u
JOIN history z ON z.site = x.site AND z.w = x.w
LEFT JOIN normal m ON m.site = x.site AND m.role = x.role AND m.w = x.w
LEFT JOIN own o ON o.site = x.site AND o.role = x.role AND o.w = x.w AND o.u = x.u`},
		// What was used before the first day that the session has loaded is not known,
		// so only active days since then count: they are how long the thing was
		// certainly not used.
		{"user_first", `CREATE TEMP TABLE user_first AS
WITH used AS (
  SELECT user_id, 'workstation' AS kind, workstation AS thing, MIN(first_s) AS first_s, MIN(d) AS d
  FROM mdl_d_used WHERE workstation IS NOT NULL GROUP BY user_id, workstation
  UNION ALL
  SELECT user_id, 'activity', record_type || '/' || action, MIN(first_s), MIN(d) FROM mdl_d_used WHERE record_type <> '' GROUP BY user_id, record_type, action
  UNION ALL
  SELECT x.user_id, 'network', w.network, MIN(x.first_s), MIN(x.d) FROM mdl_d_used x JOIN mdl_d_network w ON w.ip = x.ip GROUP BY x.user_id, w.network)
SELECT k.site, x.user_id, x.kind, x.thing, x.first_s, CAST(x.d AS BIGINT) AS day_no, y.prior AS prior_active_days
FROM used x
JOIN mdl_d_user k ON k.user_id = x.user_id
JOIN (SELECT u, d, COUNT(*) OVER (PARTITION BY u ORDER BY d RANGE BETWEEN 180 PRECEDING AND 1 PRECEDING) AS prior FROM (SELECT DISTINCT u, d FROM mdl_d_user_day) a) y
  ON y.u = k.u AND y.d = x.d`},
		dropTables("mdl_d_hit", "mdl_d_active", "mdl_d_deleted", "mdl_d_used"),
	}
}
