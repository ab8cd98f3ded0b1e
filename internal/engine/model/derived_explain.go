package model

import (
	"strconv"
	"strings"
)

// explainSteps find the explanations of every access and make first_open,
// explained and explanation. All large joins are equality joins: the visits
// next to an access come from one sort of both, by patient and circle. A
// circle is who a visit counts for: 0 anybody, the number of a person, the
// number of a team, or -1 where nobody knows whose team the visit belongs to.
func explainSteps(w Windows) []derivedStep {
	steps := []derivedStep{
		{"roles", `CREATE TEMP TABLE mdl_d_role AS SELECT * FROM (VALUES $tasks) AS r(role, before_visit, after_visit, team, pooled, contact)`},
		{"reasons", `CREATE TEMP TABLE mdl_d_reason AS SELECT * FROM (VALUES $reasons) AS r(bit, reason, strength)`},
		{"names", `CREATE TEMP TABLE mdl_d_name AS
SELECT site, LOWER(TRIM(person_id)) AS name, n FROM mdl_d_person
UNION SELECT a.site, LOWER(TRIM(a.user_id)), n.n FROM account_person a JOIN mdl_d_person n ON n.site = a.site AND n.person_id = a.person_id
UNION SELECT k.site, LOWER(TRIM(k.user_id)), y.n FROM mdl_d_user_day y JOIN mdl_d_user k ON k.u = y.u`},
		{"visits by number", `CREATE TEMP TABLE mdl_d_visit AS
SELECT DISTINCT p.p, n.n, CAST(v.day_no AS INTEGER) AS d
FROM visit v
JOIN mdl_d_patient p ON p.patient_id = v.patient_id
LEFT JOIN mdl_d_person n ON n.site = v.site AND n.person_id = v.person_id`},
		// Two accounts of one person are one person to what explains.
		{"pairs", `CREATE TEMP TABLE mdl_d_pair AS
SELECT y.n, mdl_d_patient_of(o.k) AS p, y.d, MIN(o.first_s) AS first_s, MAX(o.last_s) AS last_s, BIT_OR(o.edits) AS edits
FROM mdl_d_open o JOIN mdl_d_user_day y ON y.k = mdl_d_no_patient(o.k)
GROUP BY y.n, mdl_d_patient_of(o.k), y.d`},
	}
	steps = append(steps, peopleSteps()...)
	steps = append(steps, nearSteps()...)
	steps = append(steps, directSteps()...)
	steps = append(steps, indirectSteps()...)
	steps = append(steps, openModelSteps()...)
	words := explainWords(w)
	for i := range steps {
		steps[i].sql = words.Replace(steps[i].sql)
	}
	return steps
}

func explainWords(w Windows) *strings.Replacer {
	words := []string{"$tasks", taskValues(), "$reasons", reasonValues()}
	for _, n := range []struct {
		name  string
		value int
	}{
		{"$own_before", w.OwnBefore},
		{"$own_after", w.OwnAfter},
		{"$team_before", w.TeamBefore},
		{"$team_after", w.TeamAfter},
		{"$cover_before", w.CoverBefore},
		{"$cover_after", w.CoverAfter},
		{"$call_grace_s", w.CallGraceHours * 3600},
		{"$booking_reach", w.BookingReach},
		{"$booking", w.Booking},
		{"$order", w.Order},
		{"$repeat", w.Repeat},
		{"$written", w.Authored},
		{"$reach", w.Reach},
		{"$pause", w.Pause},
		{"$bit_own", bitOwn},
		{"$bit_team", bitTeam},
		{"$bit_practice", bitPractice},
		{"$bit_unseen", bitBookedUnseen},
		{"$bit_booked", bitBooked},
		{"$bit_contact", bitContact},
		{"$bit_order", bitOrder},
		{"$bit_cover", bitCover},
		{"$bit_authored", bitAuthored},
		{"$bit_repeat", bitRepeat},
		{"$bit_reviewed", bitReviewed},
		{"$bits_strong", bitsStrong},
		{"$bits_moderate", bitsModerate},
		{"$bits_firm", bitsStrong | bitsModerate},
	} {
		words = append(words, n.name, strconv.Itoa(n.value))
	}
	return strings.NewReplacer(words...)
}

// peopleSteps say for every person and day: which roles, which teams, whom the
// person covers, and whether on call. They are small.
func peopleSteps() []derivedStep {
	return []derivedStep{
		{"roles of days", `CREATE TEMP TABLE mdl_d_day_role AS
SELECT n, d, role FROM mdl_d_user_day
UNION SELECT y.n, y.d, s.role
FROM (SELECT DISTINCT n, d FROM mdl_d_user_day) y
JOIN mdl_d_person k ON k.n = y.n
JOIN staff_period s ON s.site = k.site AND s.person_id = k.person_id AND y.d BETWEEN s.from_day AND s.to_day`},
		{"teams", `CREATE TEMP TABLE mdl_d_team AS
SELECT site, team, CAST(1000000000 + row_number() OVER (ORDER BY site, team) AS INTEGER) AS t FROM (
  SELECT DISTINCT site, 'department ' || LOWER(TRIM(department)) AS team FROM staff_period WHERE TRIM(department) <> ''
  UNION SELECT DISTINCT site, 'team ' || LOWER(TRIM(value)) FROM list_entry WHERE list = 'teams')`},
		{"team members", `CREATE TEMP TABLE mdl_d_member AS
WITH days AS (SELECT n, d FROM mdl_d_user_day UNION SELECT n, d FROM mdl_d_visit WHERE n IS NOT NULL)
SELECT n, d, t, BOOL_OR(asks) AS asks FROM (
  SELECT x.n, x.d, t.t, COALESCE(r.team, FALSE) AS asks
  FROM days x
  JOIN mdl_d_person k ON k.n = x.n
  JOIN staff_period s ON s.site = k.site AND s.person_id = k.person_id AND x.d BETWEEN s.from_day AND s.to_day
  JOIN mdl_d_team t ON t.site = s.site AND t.team = 'department ' || LOWER(TRIM(s.department))
  LEFT JOIN mdl_d_role r ON r.role = s.role
  UNION ALL
  SELECT x.n, x.d, t.t, TRUE
  FROM list_entry l
  JOIN mdl_d_team t ON t.site = l.site AND t.team = 'team ' || LOWER(TRIM(l.value))
  JOIN mdl_d_name m ON m.site = l.site AND m.name = LOWER(TRIM(l.value2))
  JOIN days x ON x.n = m.n
  WHERE l.list = 'teams')
GROUP BY n, d, t`},
		// A team none of whose people has a visit says nothing about who works with whom,
		// like a department of students. Who sees patients, is in no other team and
		// has no window by role is not told apart from the practice.
		{"tasks of days", `CREATE TEMP TABLE mdl_d_task AS
WITH teams AS (SELECT DISTINCT m.t FROM mdl_d_visit v JOIN mdl_d_member m ON m.n = v.n AND m.d = v.d),
     own AS (SELECT DISTINCT m.n, m.d FROM mdl_d_member m JOIN teams t ON t.t = m.t WHERE m.asks)
SELECT x.n, x.d, x.pooled AND NOT x.clinician AS pooled, x.contact,
       CASE WHEN x.team AND NOT x.pooled AND m.n IS NULL THEN GREATEST(x.before_visit, $team_before) ELSE x.before_visit END AS before_visit,
       CASE WHEN x.team AND NOT x.pooled AND m.n IS NULL THEN GREATEST(x.after_visit, $team_after) ELSE x.after_visit END AS after_visit,
       x.team AND m.n IS NOT NULL AS in_team
FROM (SELECT a.n, a.d, COALESCE(MAX(r.before_visit), -1) AS before_visit, COALESCE(MAX(r.after_visit), -1) AS after_visit,
             COALESCE(BOOL_OR(r.team), FALSE) AS team, COALESCE(BOOL_OR(r.pooled), FALSE) AS pooled,
             COALESCE(BOOL_OR(r.contact), FALSE) AS contact, BOOL_OR(a.role = 'clinician') AS clinician
      FROM mdl_d_day_role a LEFT JOIN mdl_d_role r ON r.role = a.role GROUP BY a.n, a.d) x
LEFT JOIN own m ON m.n = x.n AND m.d = x.d`},
		{"covers of days", `CREATE TEMP TABLE mdl_d_cover AS
SELECT DISTINCT y.n, y.d, b.n AS covered
FROM mdl_d_cover_said c
JOIN mdl_d_name a ON a.name = c.person
JOIN mdl_d_name b ON b.site = a.site AND b.name = c.covered
JOIN mdl_d_user_day y ON y.n = a.n AND y.d BETWEEN c.from_day AND c.to_day`},
		{"on-call times of days", `CREATE TEMP TABLE mdl_d_call AS
SELECT DISTINCT y.n, y.d, c.from_s, c.to_s + $call_grace_s AS to_s
FROM oncall c
JOIN mdl_d_person k ON k.site = c.site AND k.person_id = c.person_id
JOIN mdl_d_user_day y ON y.n = k.n AND y.last_s >= c.from_s AND y.first_s < c.to_s + $call_grace_s`},
		// Days that the appointment data reaches, far enough back to judge them.
		{"reach of appointments", `CREATE TEMP TABLE mdl_d_reach AS
SELECT site, d FROM (
  SELECT site, d,
         MAX(CASE WHEN d - before_d <= $pause THEN NULL ELSE d END) OVER (PARTITION BY site ORDER BY d ROWS UNBOUNDED PRECEDING) AS begin_d
  FROM (SELECT site, d, LAG(d) OVER (PARTITION BY site ORDER BY d) AS before_d
        FROM (SELECT DISTINCT site, CAST(day_no AS INTEGER) AS d FROM visit_day) v) x) y
WHERE d - begin_d >= $reach`},
		{"last day of appointments", `CREATE TEMP TABLE mdl_d_last AS SELECT MAX(day_no) AS last_d FROM visit_day`},
	}
}

// nearSteps find the nearest visit before and after each access, by circle.
func nearSteps() []derivedStep {
	return []derivedStep{
		{"circles of visits", `CREATE TEMP TABLE mdl_d_has AS
SELECT DISTINCT p, c, d FROM (
  SELECT p, 0 AS c, d FROM mdl_d_visit
  UNION ALL SELECT p, n, d FROM mdl_d_visit WHERE n IS NOT NULL
  UNION ALL SELECT v.p, m.t, v.d FROM mdl_d_visit v JOIN mdl_d_member m ON m.n = v.n AND m.d = v.d
  UNION ALL SELECT v.p, -1, v.d FROM mdl_d_visit v LEFT JOIN mdl_d_member m ON m.n = v.n AND m.d = v.d WHERE m.n IS NULL)`},
		{"circles of accesses", `CREATE TEMP TABLE mdl_d_ask AS
SELECT DISTINCT a.p, a.c, a.d FROM (
  SELECT p, 0 AS c, d FROM mdl_d_pair
  UNION ALL SELECT p, n, d FROM mdl_d_pair
  UNION ALL SELECT p, -1, d FROM mdl_d_pair
  UNION ALL SELECT q.p, m.t, q.d FROM mdl_d_pair q JOIN mdl_d_member m ON m.n = q.n AND m.d = q.d WHERE m.asks
  UNION ALL SELECT q.p, k.covered, q.d FROM mdl_d_pair q JOIN mdl_d_cover k ON k.n = q.n AND k.d = q.d) a
WHERE EXISTS (SELECT 1 FROM mdl_d_has h WHERE h.p = a.p AND h.c = a.c)`},
		{"visits near accesses", `CREATE TEMP TABLE mdl_d_near AS
SELECT p, c, d, prev_d, next_d FROM (
  SELECT p, c, d, is_visit,
         MAX(CASE WHEN is_visit THEN d END) OVER (PARTITION BY p, c ORDER BY d, is_visit DESC ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS prev_d,
         MIN(CASE WHEN is_visit THEN d END) OVER (PARTITION BY p, c ORDER BY d, is_visit DESC ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS next_d
  FROM (SELECT p, c, d, FALSE AS is_visit FROM mdl_d_ask UNION ALL SELECT p, c, d, TRUE FROM mdl_d_has) x) y
WHERE NOT is_visit`},
		dropTables("mdl_d_ask", "mdl_d_has"),
		{"visits of the team", `CREATE TEMP TABLE mdl_d_by_team AS
SELECT DISTINCT q.n, q.p, q.d
FROM mdl_d_pair q
JOIN mdl_d_member m ON m.n = q.n AND m.d = q.d AND m.asks
JOIN mdl_d_near a ON a.p = q.p AND a.c = m.t AND a.d = q.d
WHERE a.next_d - a.d <= $team_before OR a.d - a.prev_d <= $team_after`},
		{"visits of those covered", `CREATE TEMP TABLE mdl_d_by_cover AS
SELECT q.n, q.p, q.d
FROM mdl_d_pair q
JOIN mdl_d_cover k ON k.n = q.n AND k.d = q.d
JOIN mdl_d_near a ON a.p = q.p AND a.c = k.covered AND a.d = q.d
WHERE a.next_d - a.d <= $cover_before OR a.d - a.prev_d <= $cover_after
UNION
SELECT q.n, q.p, q.d
FROM mdl_d_pair q
JOIN mdl_d_call k ON k.n = q.n AND k.d = q.d AND q.last_s >= k.from_s AND q.first_s < k.to_s
JOIN mdl_d_near a ON a.p = q.p AND a.c = 0 AND a.d = q.d
WHERE a.next_d - a.d <= $cover_before OR a.d - a.prev_d <= $cover_after`},
	}
}

// directSteps put the explanations together that rest on no other access.
func directSteps() []derivedStep {
	return []derivedStep{
		// Who got in touch: the lowest and highest number, so that "somebody else" is
		// that one of them differs. 0 is no person of the practice, -1 one who only
		// appears here.
		{"contacts", `CREATE TEMP TABLE mdl_d_contact AS
SELECT p, d, MIN(n) AS low_n, MAX(n) AS high_n FROM (
  SELECT p.p, CAST(e.day_no AS INTEGER) AS d, CASE WHEN e.user_type <> 'staff' THEN 0 ELSE COALESCE(n.n, -1) END AS n
  FROM events e
  JOIN mdl_d_patient p ON p.patient_id = e.patient_id
  LEFT JOIN mdl_d_person n ON n.site = e.site AND n.person_id = COALESCE(e.person_id, e.user_id)
  WHERE e.action = 'create' AND e.record_type IN ('message', 'document', 'referral') AND e.outcome <> 'failure'
    AND (e.user_type <> 'staff' OR e.user_id IS NOT NULL)) x
GROUP BY p, d`},
		// An edit of an appointment counts in full if the appointment data shows an
		// appointment, and a little where the data does not look ahead: else one
		// edit would explain whatever its author looks at.
		{"direct explanations", `CREATE TEMP TABLE mdl_d_direct AS
SELECT q.n, q.p, q.d, q.edits, w.pooled,
       CASE WHEN own.next_d - q.d <= $own_before OR q.d - own.prev_d <= $own_after THEN $bit_own ELSE 0 END
       + CASE WHEN team.n IS NOT NULL THEN $bit_team ELSE 0 END
       + CASE WHEN anyone.next_d - q.d <= w.before_visit OR q.d - anyone.prev_d <= w.after_visit
                OR w.in_team AND (nobody.next_d - q.d <= $team_before OR q.d - nobody.prev_d <= $team_after) THEN $bit_practice ELSE 0 END
       + CASE WHEN q.edits & 1 = 0 THEN 0
              WHEN anyone.next_d - q.d <= $booking OR q.d - anyone.prev_d <= $booking THEN $bit_booked
              WHEN l.last_d >= q.d + $booking_reach THEN 0
              ELSE $bit_unseen END
       + CASE WHEN w.contact AND (k.low_n <> q.n OR k.high_n <> q.n) THEN $bit_contact ELSE 0 END
       + CASE WHEN cover.n IS NOT NULL THEN $bit_cover ELSE 0 END AS found
FROM mdl_d_pair q
JOIN mdl_d_task w ON w.n = q.n AND w.d = q.d
CROSS JOIN mdl_d_last l
LEFT JOIN mdl_d_near own ON own.p = q.p AND own.c = q.n AND own.d = q.d
LEFT JOIN mdl_d_near anyone ON anyone.p = q.p AND anyone.c = 0 AND anyone.d = q.d
LEFT JOIN mdl_d_near nobody ON nobody.p = q.p AND nobody.c = -1 AND nobody.d = q.d
LEFT JOIN mdl_d_by_team team ON team.n = q.n AND team.p = q.p AND team.d = q.d
LEFT JOIN mdl_d_by_cover cover ON cover.n = q.n AND cover.p = q.p AND cover.d = q.d
LEFT JOIN mdl_d_contact k ON k.p = q.p AND k.d = q.d`},
		dropTables("mdl_d_near", "mdl_d_by_team", "mdl_d_by_cover", "mdl_d_contact", "mdl_d_pair"),
	}
}

// indirectSteps add what rests on other accesses. Only those that are explained
// at strength 2 or more explain others: who looks at a stranger every day
// explains nothing by it.
func indirectSteps() []derivedStep {
	return []derivedStep{
		{"orders near accesses", `CREATE TEMP TABLE mdl_d_by_order AS
WITH ordered AS (SELECT DISTINCT p, d FROM mdl_d_direct WHERE edits & 4 <> 0 AND found & $bits_firm <> 0),
     asked AS (SELECT DISTINCT p, d FROM mdl_d_direct WHERE pooled AND p IN (SELECT p FROM ordered))
SELECT p, d FROM (
  SELECT p, d, is_order,
         MAX(CASE WHEN is_order THEN d END) OVER (PARTITION BY p ORDER BY d, is_order DESC ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS prev_d,
         MIN(CASE WHEN is_order THEN d END) OVER (PARTITION BY p ORDER BY d, is_order DESC ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS next_d
  FROM (SELECT p, d, FALSE AS is_order FROM asked UNION ALL SELECT p, d, TRUE FROM ordered) x) y
WHERE NOT is_order AND (next_d - d <= $order OR d - prev_d <= $order)`},
		{"firm explanations", `CREATE TEMP TABLE mdl_d_firm AS
SELECT q.n, q.p, q.d, q.edits, q.found + CASE WHEN q.pooled AND o.p IS NOT NULL THEN $bit_order ELSE 0 END AS found
FROM mdl_d_direct q LEFT JOIN mdl_d_by_order o ON o.p = q.p AND o.d = q.d`},
		dropTables("mdl_d_direct", "mdl_d_by_order"),
		{"reviewed pairs by number", `CREATE TEMP TABLE mdl_d_reviewed AS
SELECT n.n, p.p, r.from_day, r.to_day
FROM mdl_d_reviewed_said r
JOIN (SELECT n, person_id FROM mdl_d_person UNION SELECT y.n, k.user_id FROM mdl_d_user_day y JOIN mdl_d_user k ON k.u = y.u) n ON n.person_id = r.person_id
JOIN mdl_d_patient p ON p.patient_id = r.patient_id`},
		{"explanations", `CREATE TEMP TABLE mdl_d_found AS
SELECT x.n, x.p, x.d,
       x.found + CASE WHEN x.d - x.authored_d <= $written THEN $bit_authored ELSE 0 END
       + CASE WHEN x.d - x.explained_d <= $repeat THEN $bit_repeat ELSE 0 END
       + CASE WHEN r.n IS NOT NULL THEN $bit_reviewed ELSE 0 END AS found
FROM (SELECT n, p, d, found,
             MAX(CASE WHEN found & $bits_firm <> 0 THEN d END) OVER before_day AS explained_d,
             MAX(CASE WHEN edits & 2 <> 0 AND found & $bits_firm <> 0 THEN d END) OVER before_day AS authored_d
      FROM mdl_d_firm
      WINDOW before_day AS (PARTITION BY n, p ORDER BY d ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) x
LEFT JOIN (SELECT DISTINCT q.n, q.p, q.d FROM mdl_d_reviewed r JOIN mdl_d_firm q ON q.n = r.n AND q.p = r.p AND q.d BETWEEN r.from_day AND r.to_day) r
  ON r.n = x.n AND r.p = x.p AND r.d = x.d`},
		dropTables("mdl_d_firm"),
	}
}

// openModelSteps make the models about accesses. They are views over numbers, as
// a log in which every access is of another patient would not fit in memory in
// clear a second time.
func openModelSteps() []derivedStep {
	return []derivedStep{
		{"accesses", `CREATE TEMP TABLE mdl_d_access AS
SELECT o.k, o.first_s, o.last_s, o.first_event_id, o.n_events, o.n_writes, o.n_clinical, o.n_taking, o.n_off_hours, o.n_external, o.glass,
       CAST(f.found AS SMALLINT) AS found,
       CAST(CASE WHEN f.found & $bits_strong <> 0 THEN 3 WHEN f.found & $bits_moderate <> 0 THEN 2 WHEN f.found <> 0 THEN 1 ELSE 0 END AS TINYINT) AS strength,
       c.d IS NOT NULL AS can_explain
FROM mdl_d_open o
JOIN mdl_d_user_day y ON y.k = mdl_d_no_patient(o.k)
JOIN mdl_d_found f ON f.n = y.n AND f.p = mdl_d_patient_of(o.k) AND f.d = y.d
LEFT JOIN mdl_d_reach c ON c.site = y.site AND c.d = y.d`},
		dropTables("mdl_d_open", "mdl_d_found"),
		{"links of events", "CREATE TEMP TABLE mdl_d_link AS SELECT k, event_id FROM mdl_d_event WHERE mdl_d_patient_of(k) <> 0"},
		dropTables("mdl_d_event"),
		{"first_open", `CREATE TEMP VIEW ` + AllOpens + ` AS
SELECT y.site, y.user_id, y.person_id, y.role, p.patient_id, CAST(mdl_d_day_of(a.k) AS BIGINT) AS day_no, a.first_s, a.last_s, a.first_event_id,
       CAST(a.n_events AS BIGINT) AS n_events, CAST(a.n_writes AS BIGINT) AS n_writes, CAST(a.n_clinical AS BIGINT) AS n_clinical,
       CAST(a.n_taking AS BIGINT) AS n_taking, CAST(a.n_off_hours AS BIGINT) AS n_off_hours, CAST(a.n_external AS BIGINT) AS n_external,
       CAST(a.strength AS BIGINT) AS strength, COALESCE(r.reason, '') AS reason, CAST(a.can_explain AS BIGINT) AS can_explain
FROM temp.mdl_d_access a
JOIN temp.mdl_d_user_day y ON y.k = mdl_d_no_patient(a.k)
JOIN temp.mdl_d_patient p ON p.p = mdl_d_patient_of(a.k)
LEFT JOIN temp.mdl_d_reason r ON r.bit = a.found & -a.found`},
		{"explanations", `CREATE TEMP VIEW ` + Explanations + ` AS
SELECT y.site, y.user_id, p.patient_id, CAST(mdl_d_day_of(a.k) AS BIGINT) AS day_no, r.reason, CAST(r.strength AS BIGINT) AS strength
FROM temp.mdl_d_access a
JOIN temp.mdl_d_user_day y ON y.k = mdl_d_no_patient(a.k)
JOIN temp.mdl_d_patient p ON p.p = mdl_d_patient_of(a.k)
JOIN temp.mdl_d_reason r ON a.found & r.bit <> 0`},
		{"explained", `CREATE TEMP VIEW ` + AllExplained + ` AS
SELECT y.site, e.event_id, y.user_id, p.patient_id, CAST(mdl_d_day_of(a.k) AS BIGINT) AS day_no,
       CAST(a.strength AS BIGINT) AS strength, COALESCE(r.reason, '') AS reason, CAST(a.can_explain AS BIGINT) AS can_explain
FROM temp.mdl_d_link e
JOIN temp.mdl_d_access a ON a.k = e.k
JOIN temp.mdl_d_user_day y ON y.k = mdl_d_no_patient(a.k)
JOIN temp.mdl_d_patient p ON p.p = mdl_d_patient_of(a.k)
LEFT JOIN temp.mdl_d_reason r ON r.bit = a.found & -a.found`},
		{"views", "CREATE TEMP VIEW first_open AS FROM temp." + AllOpens + "; CREATE TEMP VIEW explained AS FROM temp." + AllExplained},
	}
}
