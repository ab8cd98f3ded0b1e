package synth

import (
	"crypto/sha256"
	"encoding/base64"
	"io"
	"strconv"
	"time"
	"unicode/utf16"

	"github.com/chartwatch/chartwatch/ingest"
)

// firstSecurityLog is the number of the first row in the written dump.
const firstSecurityLog = 610001

// WriteOpenDental writes the EHR's accesses of a window as Open Dental 24.3
// would have logged them: a mysqldump with the tables patient, securitylog,
// securityloghash and userod. What Open Dental does not log, such as searches
// and failed log-ons at a desk, is not in it. Times are local, without offsets.
func (p *Practice) WriteOpenDental(w io.Writer, in Window) error {
	var rows []securityRow
	for _, a := range p.Between(EHR, in.From, in.To) {
		if perm, text := securityEntry(a); perm != 0 {
			rows = append(rows, securityRow{
				perm: perm, user: p.userNum(a.UserID), at: a.At.In(p.Zone).Format(wallClock), text: text, patient: a.PatientID,
				computer: a.Workstation,
			})
		}
	}
	for _, t := range []struct {
		create, table string
		rows          int
		values        func(i int) string
	}{
		{openDentalHead + createPatient, "patient", len(p.Patients), func(i int) string {
			x := &p.Patients[i]
			return x.PatientID + "," + sqlText(x.LastName) + "," + sqlText(x.FirstName) + ",''," + x.PatientID
		}},
		{createSecurityLog(firstSecurityLog + len(rows)), "securitylog", len(rows), func(i int) string {
			return rows[i].values(firstSecurityLog + i)
		}},
		{createSecurityLogHash, "securityloghash", len(rows), func(i int) string {
			id := strconv.Itoa(firstSecurityLog + i)
			return id + "," + id + "," + sqlText(rows[i].hash())
		}},
		{createUserod, "userod", len(p.Staff), func(i int) string {
			return strconv.Itoa(i+firstUserNum) + "," + sqlText(p.Staff[i].UserID) + ",'',1"
		}},
	} {
		if _, err := io.WriteString(w, t.create); err != nil {
			return err
		}
		if err := inserts(w, t.table, t.rows, t.values); err != nil {
			return err
		}
	}
	_, err := io.WriteString(w, "-- Dump completed\n")
	return err
}

// openDentalDay is the day that the sample shows.
func (p *Practice) openDentalDay() Window {
	return Window{From: p.Midnight(2024, time.December, 3), To: p.Midnight(2024, time.December, 4)}
}

// firstUserNum is the number of the first person's account. The one before is
// the administrator's, whom nobody uses.
const firstUserNum = 2

// userNum returns the number of an account; 0 is nobody.
func (p *Practice) userNum(userID string) int {
	for i := range p.Staff {
		if p.Staff[i].UserID == userID {
			return i + firstUserNum
		}
	}
	return 0
}

// securityRow is one row of the table securitylog. The columns that are not
// here are the same in every row.
type securityRow struct {
	perm, user int
	at, text   string
	patient    string // empty for 0
	computer   string
}

func (r securityRow) patNum() string {
	if r.patient == "" {
		return "0"
	}
	return r.patient
}

func (r securityRow) values(num int) string {
	return strconv.Itoa(num) + "," + strconv.Itoa(r.perm) + "," + strconv.Itoa(r.user) + "," + sqlText(r.at) + "," + sqlText(r.text) +
		"," + r.patNum() + "," + sqlText(r.computer) + ",0,0,0,0,'0001-01-01 00:00:00'"
}

// hash covers permission, account, time, text and patient, joined without
// separators, as UTF-16 with the low byte first.
func (r securityRow) hash() string {
	var b []byte
	for _, unit := range utf16.Encode([]rune(strconv.Itoa(r.perm) + strconv.Itoa(r.user) + r.at + r.text + r.patNum())) {
		b = append(b, byte(unit&0xff), byte(unit>>8))
	}
	sum := sha256.Sum256(b)
	return base64.StdEncoding.EncodeToString(sum[:])
}

// securityEntry returns the permission under which an access is logged, and the
// text; 0 if it is not logged.
func securityEntry(a Access) (perm int, text string) {
	const logOnOff = 83
	switch a.Action {
	case ingest.ActionLogin:
		return logOnOff, "User: " + a.UserID + " has logged on."
	case ingest.ActionLogout:
		return logOnOff, "User: " + a.UserID + " has logged off."
	case ingest.ActionPrint:
		return 69, "Printed"
	case ingest.ActionExport:
		return 68, "Copied"
	case ingest.ActionView:
		return openedModule(a.Record), ""
	case ingest.ActionCreate:
		return createdUnder(a.Record), "Added"
	case ingest.ActionUpdate, ingest.ActionDelete:
		return changedUnder(a.Record), "Changed"
	case ingest.ActionSearch, ingest.ActionLoginFailed, ingest.ActionBreakGlass, ingest.ActionOther:
	}
	return 0, ""
}

// openedModule returns the permission of the module that shows a record.
func openedModule(r ingest.RecordType) int {
	switch r {
	case ingest.RecordAppointment:
		return 1
	case ingest.RecordDemographics, ingest.RecordInsurance:
		return 2
	case ingest.RecordBilling:
		return 3
	case ingest.RecordImaging, ingest.RecordDocument:
		return 6
	case ingest.RecordMedication, ingest.RecordAllergy, ingest.RecordProblem:
		return 70
	case ingest.RecordMessage:
		return 217
	case ingest.RecordReport:
		return 22
	case ingest.RecordAuditLog:
		return 122
	default:
		return 5
	}
}

func createdUnder(r ingest.RecordType) int {
	switch r {
	case ingest.RecordAppointment:
		return 25
	case ingest.RecordDemographics:
		return 106
	case ingest.RecordInsurance:
		return 109
	case ingest.RecordBilling:
		return 15
	case ingest.RecordMedication:
		return 9
	case ingest.RecordMessage:
		return 193
	case ingest.RecordImaging, ingest.RecordDocument:
		return 202
	default:
		return 23
	}
}

func changedUnder(r ingest.RecordType) int {
	switch r {
	case ingest.RecordAppointment:
		return 27
	case ingest.RecordDemographics:
		return 108
	case ingest.RecordInsurance:
		return 110
	case ingest.RecordBilling:
		return 18
	case ingest.RecordMedication:
		return 76
	case ingest.RecordAllergy:
		return 73
	case ingest.RecordProblem:
		return 71
	case ingest.RecordMessage:
		return 43
	case ingest.RecordUserAdmin:
		return 24
	default:
		return 53
	}
}

const openDentalHead = "-- MySQL dump 10.13  Distrib 8.0.36, for Win64 (x86_64)\n" +
	"--\n-- Host: localhost    Database: opendental\n-- ------------------------------------------------------\n" +
	"-- Server version\t8.0.36\n\n/*!50503 SET NAMES utf8mb4 */;\n/*!40103 SET TIME_ZONE='+00:00' */;\n\n"

const createPatient = "DROP TABLE IF EXISTS `patient`;\n" +
	"CREATE TABLE `patient` (\n" +
	"  `PatNum` bigint(20) NOT NULL AUTO_INCREMENT,\n" +
	"  `LName` varchar(100) DEFAULT '',\n" +
	"  `FName` varchar(100) DEFAULT '',\n" +
	"  `MiddleI` varchar(100) DEFAULT '',\n" +
	"  `Guarantor` bigint(20) NOT NULL,\n" +
	"  PRIMARY KEY (`PatNum`)\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;\n\n"

// createSecurityLog defines the log; next is the number after its last row.
func createSecurityLog(next int) string {
	return "DROP TABLE IF EXISTS `securitylog`;\n" +
		"CREATE TABLE `securitylog` (\n" +
		"  `SecurityLogNum` bigint(20) NOT NULL AUTO_INCREMENT,\n" +
		"  `PermType` smallint(6) NOT NULL,\n" +
		"  `UserNum` bigint(20) NOT NULL,\n" +
		"  `LogDateTime` datetime NOT NULL DEFAULT '0001-01-01 00:00:00',\n" +
		"  `LogText` text,\n" +
		"  `PatNum` bigint(20) NOT NULL,\n" +
		"  `CompName` varchar(255) DEFAULT NULL,\n" +
		"  `FKey` bigint(20) NOT NULL,\n" +
		"  `LogSource` tinyint(4) NOT NULL,\n" +
		"  `DefNum` bigint(20) NOT NULL,\n" +
		"  `DefNumError` bigint(20) NOT NULL,\n" +
		"  `DateTPrevious` datetime NOT NULL DEFAULT '0001-01-01 00:00:00',\n" +
		"  PRIMARY KEY (`SecurityLogNum`),\n  KEY `PatNum` (`PatNum`)\n" +
		") ENGINE=InnoDB AUTO_INCREMENT=" + strconv.Itoa(next) + " DEFAULT CHARSET=utf8mb4;\n\n"
}

const createSecurityLogHash = "DROP TABLE IF EXISTS `securityloghash`;\n" +
	"CREATE TABLE `securityloghash` (\n" +
	"  `SecurityLogHashNum` bigint(20) NOT NULL AUTO_INCREMENT,\n" +
	"  `SecurityLogNum` bigint(20) NOT NULL,\n" +
	"  `LogHash` varchar(255) NOT NULL,\n" +
	"  PRIMARY KEY (`SecurityLogHashNum`)\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;\n\n"

const createUserod = "DROP TABLE IF EXISTS `userod`;\n" +
	"CREATE TABLE `userod` (\n" +
	"  `UserNum` bigint(20) NOT NULL AUTO_INCREMENT,\n" +
	"  `UserName` varchar(255) DEFAULT '',\n" +
	"  `Password` varchar(255) DEFAULT '',\n" +
	"  `UserGroupNum` bigint(20) NOT NULL,\n" +
	"  PRIMARY KEY (`UserNum`)\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;\n\n"
