package synth

import (
	"crypto/sha3"
	"encoding/base64"
	"encoding/hex"
	"io"
	"strconv"
	"strings"

	"github.com/chartwatch/chartwatch/ingest"
)

// firstLogRow is the number of the first row in the written dump.
const firstLogRow = 52801

// WriteOpenEMR writes the EHR's accesses of a window as OpenEMR 7 would have
// logged them: a mysqldump with the tables log, log_comment_encrypt and users.
// One access gives several rows of the same second, one for each statement, and
// the times are local, without offsets.
func (p *Practice) WriteOpenEMR(w io.Writer, in Window) error {
	var rows []logRow
	for _, a := range p.Between(EHR, in.From, in.To) {
		rows = append(rows, p.logRows(a)...)
	}
	if _, err := io.WriteString(w, dumpHead+createLog); err != nil {
		return err
	}
	if err := inserts(w, "log", len(rows), func(i int) string { return rows[i].values(firstLogRow + i) }); err != nil {
		return err
	}
	if _, err := io.WriteString(w, createLogComment); err != nil {
		return err
	}
	if err := inserts(w, "log_comment_encrypt", len(rows), func(i int) string {
		id := strconv.Itoa(firstLogRow + i)
		return id + "," + id + ",'No'," + sqlText(rows[i].checksum()) + ",'',4"
	}); err != nil {
		return err
	}
	if _, err := io.WriteString(w, createUsers); err != nil {
		return err
	}
	if err := inserts(w, "users", len(p.Staff), p.userValues); err != nil {
		return err
	}
	_, err := io.WriteString(w, "-- Dump completed\n")
	return err
}

// userValues is one row of the table users. The first number is the
// administrator's, whom nobody uses.
func (p *Practice) userValues(i int) string {
	s := &p.Staff[i]
	authorized := "0"
	if s.Role == RoleDentist {
		authorized = "1"
	}
	return strconv.Itoa(i+2) + "," + sqlText(s.UserID) + ",'NoLongerUsed'," + authorized + "," + sqlText(s.FirstName) + ",NULL," +
		sqlText(s.LastName) + ",NULL,1,NULL"
}

// rowsPerInsert is the number of rows in one statement.
const rowsPerInsert = 100

// inserts writes the n rows of one table, each given as its values.
func inserts(w io.Writer, table string, n int, values func(i int) string) error {
	b := []byte("LOCK TABLES `" + table + "` WRITE;\n")
	for i := range n {
		if i%rowsPerInsert == 0 {
			b = append(b, "INSERT INTO `"+table+"` VALUES "...)
		}
		b = append(b, "("+values(i)+")"...)
		if i%rowsPerInsert != rowsPerInsert-1 && i != n-1 {
			b = append(b, ',')
			continue
		}
		b = append(b, ";\n"...)
		if _, err := w.Write(b); err != nil {
			return err
		}
		b = b[:0]
	}
	_, err := w.Write(append(b, "UNLOCK TABLES;\n\n"...))
	return err
}

// logRow is one row of the table log. The columns that are not here are the
// same in every row.
type logRow struct {
	date     string
	event    string
	category string
	user     string
	comments string // base64
	patient  string // empty for NULL
	success  string
}

func (r logRow) values(id int) string {
	patient := "NULL"
	if r.patient != "" {
		patient = r.patient
	}
	return strings.Join([]string{
		strconv.Itoa(id), sqlText(r.date), sqlText(r.event), sqlText(r.category), sqlText(r.user), "'Default'", sqlText(r.comments),
		"''", patient, r.success, "NULL", "''", "'open-emr'", "NULL", "NULL",
	}, ",")
}

// checksum covers the columns of the row as stored, without its number and its
// own checksum, joined without separators; NULL counts as empty.
func (r logRow) checksum() string {
	sum := sha3.Sum512([]byte(r.date + r.event + r.category + r.user + "Default" + r.comments + r.patient + r.success + "open-emr"))
	return hex.EncodeToString(sum[:])
}

func sqlText(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'"
}

// statement is what OpenEMR logs of one SQL statement.
type statement struct {
	event    string
	category string
	text     string
	chart    bool // a chart is open and the row carries the patient
}

// logRows returns the rows of one access.
func (p *Practice) logRows(a Access) []logRow {
	success := "1"
	if a.Outcome == ingest.OutcomeFailure {
		success = "0"
	}
	var out []logRow
	for _, s := range statements(a) {
		row := logRow{
			date: a.At.In(p.Zone).Format(wallClock), event: s.event, category: s.category, user: a.UserID,
			comments: base64.StdEncoding.EncodeToString([]byte(s.text)), success: success,
		}
		if s.chart {
			row.patient = a.PatientID
		}
		out = append(out, row)
	}
	return out
}

func statements(a Access) []statement {
	switch a.Action {
	case ingest.ActionLogin:
		return []statement{{event: "login", category: "login", text: "success: " + a.IP}}
	case ingest.ActionLoginFailed:
		return []statement{{event: "login", category: "login", text: "failure: " + a.IP + ". user password incorrect"}}
	case ingest.ActionLogout:
		return []statement{{event: "logout", category: "logout", text: "success"}}
	case ingest.ActionSearch:
		return []statement{{
			event: "patient-record-select", category: "Patient Demographics",
			text: "SELECT pid, fname, lname FROM patient_data ORDER BY lname LIMIT ? ('" + strconv.Itoa(a.Found) + "',)",
		}}
	case ingest.ActionView, ingest.ActionCreate, ingest.ActionUpdate, ingest.ActionDelete, ingest.ActionPrint, ingest.ActionExport,
		ingest.ActionBreakGlass, ingest.ActionOther:
	}
	subject, category, tables := stored(a.Record)
	chart := subject == "patient-record" && a.PatientID != ""
	where := " WHERE pid = ? ('" + a.PatientID + "',)"
	if a.PatientID == "" {
		where = " WHERE 1"
	}
	var out []statement
	for _, t := range tables {
		out = append(out, statement{subject + "-select", category, "SELECT * FROM " + t + where, chart}) //nolint:unqueryvet // the text of a log row, not a query of ours
	}
	switch a.Action {
	case ingest.ActionCreate:
		out = []statement{{subject + "-insert", category, "INSERT INTO " + tables[0] + " SET pid = ? ('" + a.PatientID + "',)", chart}}
	case ingest.ActionUpdate:
		out = []statement{{subject + "-update", category, "UPDATE " + tables[0] + " SET date = NOW()" + where, chart}}
	case ingest.ActionDelete:
		out = []statement{{subject + "-delete", category, "DELETE FROM " + tables[0] + where, chart}}
	case ingest.ActionExport:
		out = append(out, statement{"disclosure", category, "record released", chart})
	case ingest.ActionView:
		if a.Record == ingest.RecordClinicalNote {
			// Reading the layout of a form is logged as reading a bill, without a patient.
			out = append(out, statement{subject + "-select", "Billing", "SELECT * FROM layout_options WHERE form_id = ? ('DEM',)", false})
		}
	case ingest.ActionPrint, ingest.ActionSearch, ingest.ActionLogin, ingest.ActionLogout, ingest.ActionLoginFailed,
		ingest.ActionBreakGlass, ingest.ActionOther:
	}
	return out
}

// stored returns how OpenEMR names a record type and where it keeps it.
func stored(r ingest.RecordType) (subject, category string, tables []string) {
	const chart = "patient-record"
	switch r {
	case ingest.RecordDemographics:
		return chart, "Patient Demographics", []string{"patient_data", "employer_data"}
	case ingest.RecordAppointment:
		return "scheduling", "Scheduling", []string{"openemr_postcalendar_events"}
	case ingest.RecordInsurance:
		return chart, "Patient Insurance", []string{"insurance_data"}
	case ingest.RecordBilling:
		return chart, "Billing", []string{"billing"}
	case ingest.RecordClinicalNote:
		return chart, "Encounter Form", []string{"form_clinical_notes"}
	case ingest.RecordMedication:
		return chart, "Medication", []string{"prescriptions"}
	case ingest.RecordAllergy:
		return chart, "Allergy", []string{"lists"}
	case ingest.RecordProblem:
		return chart, "Problem List", []string{"lists"}
	case ingest.RecordVitals:
		return chart, "Vitals", []string{"form_vitals"}
	case ingest.RecordDocument:
		return chart, "Documents", []string{"documents"}
	case ingest.RecordMessage:
		return chart, "Clinical Mail", []string{"pnotes"}
	case ingest.RecordOrder:
		return "order", "Lab Order", []string{"procedure_order"}
	case ingest.RecordUserAdmin:
		return "security-administration", "Security", []string{"users"}
	default:
		return "other", "other", []string{"globals"}
	}
}

// dumpHead is what mysqldump writes above the tables. Its time zone does not
// concern the DATETIME column of the log.
const dumpHead = "-- MariaDB dump 10.19  Distrib 10.11.6-MariaDB, for Linux (x86_64)\n" +
	"--\n-- Host: localhost    Database: openemr\n-- ------------------------------------------------------\n" +
	"-- Server version\t10.11.6-MariaDB\n\n" +
	"/*!40101 SET NAMES utf8mb4 */;\n/*!40103 SET @OLD_TIME_ZONE=@@TIME_ZONE */;\n/*!40103 SET TIME_ZONE='+00:00' */;\n\n"

const createLog = "DROP TABLE IF EXISTS `log`;\n" +
	"CREATE TABLE `log` (\n" +
	"  `id` bigint(20) NOT NULL AUTO_INCREMENT,\n" +
	"  `date` datetime DEFAULT NULL,\n" +
	"  `event` varchar(255) DEFAULT NULL,\n" +
	"  `category` varchar(255) DEFAULT NULL,\n" +
	"  `user` varchar(255) DEFAULT NULL,\n" +
	"  `groupname` varchar(255) DEFAULT NULL,\n" +
	"  `comments` longtext DEFAULT NULL,\n" +
	"  `user_notes` longtext DEFAULT NULL,\n" +
	"  `patient_id` bigint(20) DEFAULT NULL,\n" +
	"  `success` tinyint(1) DEFAULT 1,\n" +
	"  `checksum` longtext DEFAULT NULL,\n" +
	"  `crt_user` varchar(255) DEFAULT NULL,\n" +
	"  `log_from` varchar(20) DEFAULT 'open-emr',\n" +
	"  `menu_item_id` int(11) DEFAULT NULL,\n" +
	"  `ccda_doc_id` int(11) DEFAULT NULL,\n" +
	"  PRIMARY KEY (`id`),\n  KEY `patient_id` (`patient_id`)\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;\n\n"

const createLogComment = "DROP TABLE IF EXISTS `log_comment_encrypt`;\n" +
	"CREATE TABLE `log_comment_encrypt` (\n" +
	"  `id` int(11) NOT NULL AUTO_INCREMENT,\n" +
	"  `log_id` int(11) NOT NULL,\n" +
	"  `encrypt` enum('Yes','No') NOT NULL DEFAULT 'No',\n" +
	"  `checksum` longtext DEFAULT NULL,\n" +
	"  `checksum_api` longtext DEFAULT NULL,\n" +
	"  `version` tinyint(4) NOT NULL DEFAULT 0,\n" +
	"  PRIMARY KEY (`id`)\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;\n\n"

const createUsers = "DROP TABLE IF EXISTS `users`;\n" +
	"CREATE TABLE `users` (\n" +
	"  `id` bigint(20) NOT NULL AUTO_INCREMENT,\n" +
	"  `username` varchar(255) DEFAULT NULL,\n" +
	"  `password` longtext DEFAULT NULL,\n" +
	"  `authorized` tinyint(4) DEFAULT NULL,\n" +
	"  `fname` varchar(255) DEFAULT NULL,\n" +
	"  `mname` varchar(255) DEFAULT NULL,\n" +
	"  `lname` varchar(255) DEFAULT NULL,\n" +
	"  `suffix` varchar(255) DEFAULT NULL,\n" +
	"  `active` tinyint(1) NOT NULL DEFAULT 1,\n" +
	"  `npi` varchar(15) DEFAULT NULL,\n" +
	"  PRIMARY KEY (`id`)\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;\n\n"
