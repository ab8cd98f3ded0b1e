package model

import "strings"

// The internal tables carry small numbers for texts: u for an account, n for a
// person, p for a patient (0 for none), d for a local day, h for a clock hour. A
// session holds one site, which goes with u. Every pass over the events joins
// and groups by one number, as that is several times faster than by texts or by
// several columns.

// behaviour is which events are the behaviour of people of the practice. A refused
// access opened nothing and explains nothing.
const behaviour = `e.user_type = 'staff' AND e.interactive = 1 AND e.user_id IS NOT NULL AND e.outcome <> 'failure' AND e.action <> 'login_failed'`

// authoredTypes are the records that somebody who cares for a patient writes.
const authoredTypes = `'clinical_note', 'psychotherapy_note', 'order', 'medication', 'referral', 'problem', 'allergy', 'immunization', 'vitals', 'lab_result', 'imaging'`

// orderedTypes are the records that give the pooled roles work.
const orderedTypes = `'order', 'lab_result', 'medication', 'referral'`

// openSteps read the events and sum them up by account, patient and day or hour.
func openSteps() []derivedStep {
	steps := []derivedStep{
		{"days of accounts", `CREATE TEMP TABLE mdl_d_seen AS
SELECT e.site, e.user_id, e.day_no, MIN(COALESCE(e.person_id, e.user_id)) AS person_id, MIN(e.role) AS role, MIN(e.ts_s) AS first_s, MAX(e.ts_s) AS last_s
FROM events e WHERE $behaviour
GROUP BY e.site, e.user_id, e.day_no`},
		{"accounts", `CREATE TEMP TABLE mdl_d_user AS
SELECT CAST(row_number() OVER (ORDER BY site, user_id) AS BIGINT) AS u, site, user_id FROM (SELECT DISTINCT site, user_id FROM mdl_d_seen) x`},
		{"persons", `CREATE TEMP TABLE mdl_d_person AS
SELECT CAST(row_number() OVER (ORDER BY site, person_id) AS INTEGER) AS n, site, person_id FROM (
  SELECT site, person_id FROM mdl_d_seen
  UNION SELECT site, person_id FROM visit WHERE person_id IS NOT NULL
  UNION SELECT site, person_id FROM staff_period
  UNION SELECT site, person_id FROM account_person) x`},
		{"days of accounts by number", `CREATE TEMP TABLE mdl_d_user_day AS
SELECT mdl_d_key(k.u, 0, x.day_no) AS k, CAST(k.u AS INTEGER) AS u, CAST(x.day_no AS INTEGER) AS d, n.n, x.site, x.user_id, x.person_id, x.role, x.first_s, x.last_s
FROM mdl_d_seen x
JOIN mdl_d_user k ON k.site = x.site AND k.user_id = x.user_id
JOIN mdl_d_person n ON n.site = x.site AND n.person_id = x.person_id`},
		{"patients", `CREATE TEMP TABLE mdl_d_patient AS
SELECT CAST(row_number() OVER (ORDER BY patient_id) AS BIGINT) AS p, patient_id
FROM (SELECT DISTINCT e.patient_id FROM events e WHERE e.patient_id IS NOT NULL) x`},
		{"events by number", `CREATE TEMP TABLE mdl_d_event AS
SELECT mdl_d_key(k.u, p.p, e.day_no) AS k, CAST(e.hour_no AS INTEGER) AS h, e.ts_s, e.event_id,
       CAST(CASE WHEN e.is_write = 1 THEN 1 ELSE 0 END + CASE WHEN e.is_clinical = 1 THEN 2 ELSE 0 END
          + CASE WHEN e.is_taking = 1 THEN 4 ELSE 0 END + CASE WHEN e.off_hours = 1 THEN 8 ELSE 0 END
          + CASE WHEN e.ip_class = 'external' THEN 16 ELSE 0 END
          + CASE WHEN e.break_glass = 1 OR e.action = 'break_glass' THEN 32 ELSE 0 END
          + CASE WHEN e.action = 'delete' THEN 64 ELSE 0 END + CASE WHEN e.granularity = 'sql' THEN 128 ELSE 0 END AS SMALLINT) AS flags,
       CAST(CASE WHEN e.action NOT IN ('create', 'update') THEN 0
                 WHEN e.record_type = 'appointment' THEN 1
                 WHEN e.record_type IN ($ordered) AND e.role = 'clinician' THEN 6
                 WHEN e.record_type IN ($authored) THEN 2
                 ELSE 0 END AS SMALLINT) AS edits
FROM events e
JOIN mdl_d_user k ON k.user_id = e.user_id
LEFT JOIN mdl_d_patient p ON p.patient_id = e.patient_id
WHERE $behaviour`},
		// The first event is the lowest pair of time and number, packed into one, which
		// takes a fraction of the memory that a pair would.
		{"accesses by day", `CREATE TEMP TABLE mdl_d_open AS
SELECT k, MIN(ts_s) AS first_s, MAX(ts_s) AS last_s,
       CAST(MIN(CAST(ts_s AS HUGEINT) * 18446744073709551616 + event_id + 9223372036854775808) % 18446744073709551616 - 9223372036854775808 AS BIGINT) AS first_event_id,
       CAST(COUNT(*) AS INTEGER) AS n_events,
       CAST(COUNT(*) FILTER (WHERE flags & 1 <> 0) AS INTEGER) AS n_writes, CAST(COUNT(*) FILTER (WHERE flags & 2 <> 0) AS INTEGER) AS n_clinical,
       CAST(COUNT(*) FILTER (WHERE flags & 4 <> 0) AS INTEGER) AS n_taking, CAST(COUNT(*) FILTER (WHERE flags & 8 <> 0) AS INTEGER) AS n_off_hours,
       CAST(COUNT(*) FILTER (WHERE flags & 16 <> 0) AS INTEGER) AS n_external, BOOL_OR(flags & 32 <> 0) AS glass,
       BIT_OR(edits) AS edits
FROM mdl_d_event WHERE mdl_d_patient_of(k) <> 0 GROUP BY k`},
		{"accesses by hour", `CREATE TEMP TABLE mdl_d_hit AS
SELECT mdl_d_no_day(k) + d AS k, mdl_d_day_of(k) AS h FROM (
  SELECT mdl_d_no_day(k) + h AS k, MIN(mdl_d_day_of(k)) AS d FROM mdl_d_event WHERE mdl_d_patient_of(k) <> 0 GROUP BY ALL) x`},
		{"active hours", `CREATE TEMP TABLE mdl_d_active AS
SELECT u, h, MIN(d) AS d, MIN(first_s) AS first_s, MAX(last_s) AS last_s FROM (
  SELECT mdl_d_user_of(k) AS u, h, mdl_d_day_of(k) AS d, MIN(ts_s) AS first_s, MAX(ts_s) AS last_s FROM mdl_d_event GROUP BY k, h) x
GROUP BY u, h`},
		// A log that writes one row a statement deletes one record in several rows.
		{"deletions", `CREATE TEMP TABLE mdl_d_deleted AS
SELECT mdl_d_user_of(k) AS u, mdl_d_day_of(k) AS d, h,
       COUNT(*) FILTER (WHERE flags & 128 = 0) + COUNT(DISTINCT (mdl_d_patient_of(k), ts_s // 60)) FILTER (WHERE flags & 128 <> 0) AS deletes
FROM mdl_d_event WHERE flags & 64 <> 0 GROUP BY ALL`},
		// Where an account was first seen with what, and who got in touch about a patient.
		{"things used", `CREATE TEMP TABLE mdl_d_used AS
SELECT e.user_id, e.workstation, e.record_type, e.action, CASE WHEN e.ip_class = 'external' THEN e.ip END AS ip, MIN(e.ts_s) AS first_s, MIN(e.day_no) AS d
FROM events e WHERE $behaviour
GROUP BY e.user_id, e.workstation, e.record_type, e.action, CASE WHEN e.ip_class = 'external' THEN e.ip END`},
		dropTables("mdl_d_seen"),
	}
	words := strings.NewReplacer("$behaviour", behaviour, "$authored", authoredTypes, "$ordered", orderedTypes)
	for i := range steps {
		steps[i].sql = words.Replace(steps[i].sql)
	}
	return append(keySteps(), steps...)
}

// keySteps make the macros that pack an account, a patient and a day (or hour)
// into one number, and take it apart: 2^19 accounts, 2^24 patients, and days or
// hours up to 2^20.
func keySteps() []derivedStep {
	return []derivedStep{{"keys", `
CREATE TEMP MACRO mdl_d_key(u, p, d) AS (CAST(u AS BIGINT) << 44) | (CAST(COALESCE(p, 0) AS BIGINT) << 20) | d;
CREATE TEMP MACRO mdl_d_user_of(k) AS CAST(k >> 44 AS INTEGER);
CREATE TEMP MACRO mdl_d_patient_of(k) AS CAST((k >> 20) & 16777215 AS INTEGER);
CREATE TEMP MACRO mdl_d_day_of(k) AS CAST(k & 1048575 AS INTEGER);
CREATE TEMP MACRO mdl_d_no_day(k) AS k & -1048576;
CREATE TEMP MACRO mdl_d_no_patient(k) AS k & -17592184995841`}}
}
