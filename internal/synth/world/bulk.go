package world

import (
	"slices"

	"github.com/chartwatch/chartwatch/ingest"
)

const bulk = "bulk"

func bulkScenarios() []scenario {
	return []scenario{
		{name: "chart-burst", category: bulk, cast: castBurst, plan: planBurst},
		{name: "export-volume", category: bulk, cast: castExport, plan: planExport},
		{name: "number-walk", category: bulk, cast: castWalk, plan: planWalk},
		{name: "day-volume", category: "baseline", cast: castVolume, plan: planVolume},
	}
}

// castBurst: very many charts in an hour. The twin is a list of calls that was announced.
func castBurst(in *incident) bool { return in.star(deskBound()...) }

func planBurst(in *incident, d *day, _ int) {
	start, _ := in.w.shift(in.who, d.n)
	second := max(start*60+3600, 9*3600+1800)
	second -= second % 3600
	if in.twin() {
		in.w.declare(in.who.UserID, d.n, "calls to patients who are due")
	}
	count := in.some(85, 58, 29, 44)
	for range count {
		steps := in.read(in.by(2, 1, 1, 0))
		if in.twin() {
			steps = []step{see(100, 0, 10, ingest.RecordDemographics), do(80, 5, 20, ingest.ActionCreate, ingest.RecordMessage)}
		} else {
			for i := range steps {
				steps[i].low, steps[i].high = 2, 9
			}
		}
		d.plan(in.task(in.strangerID(d.n), second, steps))
		second += 3400 / count
	}
}

// castExport: printing and exporting. The twin is a busy day of the clerk whose work it is.
func castExport(in *incident) bool {
	if in.twin() {
		return in.star(Records)
	}
	return in.star(FrontDesk, Billing, Manager, Nurse)
}

func planExport(in *incident, d *day, _ int) {
	start, end := in.w.shift(in.who, d.n)
	for k, second := range in.spread(in.some(60, 30, 14, 5), start*60+1800, min(start*60+1800+in.by(7200, 10800, 18000, 18000), end*60-1800)) {
		steps := []step{see(100, 0, 10, ingest.RecordDemographics), do(100, 5, 30, ingest.ActionExport, ingest.RecordDocument)}
		if k%3 == 1 {
			steps[1].action = ingest.ActionPrint
		}
		patient := in.w.Patients[in.dice.upTo(len(in.w.Patients))].PatientID
		if in.twin() {
			patient = d.recent(1, 40)
			steps = append([]step{do(100, 5, 30, ingest.ActionCreate, ingest.RecordDocument)}, steps...)
		}
		d.plan(in.task(patient, second, steps))
	}
}

// castWalk: charts in the order of their numbers. The twin is a family whose members
// registered together.
func castWalk(in *incident) bool {
	if in.twin() {
		return in.star(FrontDesk)
	}
	return in.star(FrontDesk, Billing, Manager, Records)
}

func planWalk(in *incident, d *day, _ int) {
	at := in.dice.upTo(len(in.w.Patients) - 200)
	if in.twin() {
		for range 500 {
			at = in.dice.upTo(len(in.w.Patients) - 10)
			if in.w.Patients[at].Address == in.w.Patients[at+3].Address && in.w.Patients[at].share < 30 {
				break
			}
		}
	}
	low, high := in.by(8, 20, 40, 20), in.by(25, 60, 110, 60)
	second := 14*3600 + in.dice.upTo(1800)
	for range in.some(40, 16, 13, 4) {
		t := in.task(in.w.Patients[at].PatientID, second, []step{see(100, 0, 4, ingest.RecordDemographics), see(in.by(100, 60, 20, 0), 2, 6, ingest.RecordClinicalNote)})
		if in.twin() {
			t.steps = []step{see(100, 0, 4, ingest.RecordDemographics), do(100, 5, 20, ingest.ActionCreate, ingest.RecordAppointment)}
		}
		d.plan(t)
		second += in.dice.between(low, high)
		at++
		if in.how == Evasive {
			at += in.dice.upTo(3)
		}
	}
	from, to := 14*3600-60, second+60 // nothing else is done meanwhile
	d.tasks = slices.DeleteFunc(d.tasks, func(t task) bool {
		return t.actor == in.who.UserID && t.label == 0 && t.start > from-600 && t.start < to
	})
}

// castVolume: far more patients in a day than ever, each with some reason. The
// twin is a day a little fuller than others.
func castVolume(in *incident) bool { return in.star(Billing, Nurse, Manager, Records) }

func planVolume(in *incident, d *day, _ int) {
	start, end := in.w.shift(in.who, d.n)
	record := ingest.RecordBilling
	if in.who.clinical() {
		record = ingest.RecordMedication
	}
	for _, second := range in.spread(in.some(150, 90, 40, 5), start*60+900, end*60-1800) {
		d.plan(in.task(d.recent(0, 60), second, []step{see(100, 0, 15, ingest.RecordDemographics), see(100, 3, 20, record)}))
	}
}
