package models

func careModels() []Model {
	return []Model{
		model("visit", "appointment", "Appointments and encounters, except those that were cancelled.", ContextAppointments,
			text("patient_id", "p1", "the patient"),
			textOrNull("person_id", "the provider as a person of the roster"),
			integer("start_s", 0, "begin, UTC seconds"),
			integer("day_no", 0, "the local date"),
			integer("minutes", 30, "planned length"),
			text("status", "booked", "booked, kept or missed"),
		),
		model("visit_day", "local day", "Which days the appointment data reaches. A day that is not in it cannot be judged by appointments.", ContextAppointments,
			integer("day_no", 0, "the local date"),
			integer("visits", 1, "appointments that day"),
		),
	}
}

func timeModels() []Model {
	return []Model{
		model("shift", "person, local day and part of a shift", "When people are due to work; a shift over midnight is two rows.", ContextRoster,
			text("person_id", "user", "the person"),
			integer("day_no", 0, "the local date"),
			integer("start_min", 480, "begin, minutes since midnight"),
			integer("end_min", 1020, "end, minutes since midnight"),
			text("basis", "roster", "roster, or usual where it is the person's own habit"),
		),
		model("oncall", "person and interval", "When people are on call.", ContextRoster,
			text("person_id", "user", "the person"),
			integer("from_s", 0, "begin, UTC seconds"),
			integer("to_s", 0, "end, UTC seconds"),
		),
		model("opening", "location and local day", "When the practice is open; a closed day has is_open 0.", ContextHours,
			text("location", "", "the building, empty for all"),
			integer("day_no", 0, "the local date"),
			integer("is_open", 1, "1 if open at all"),
			integer("open_min", 480, "begin, minutes since midnight"),
			integer("close_min", 1080, "end, minutes since midnight"),
			text("why", "", "for a closed day: weekday, holiday or closure"),
		),
		model("station", "workstation", "The devices in the logs.", "",
			text("workstation", "FD1", "the device"),
			text("location", "", "its building, empty if not known"),
			integer("is_onsite", 1, "1 if it is known to stand in the practice, or has an on-site address, or has none and no name such as laptop or home"),
			integer("n_users", 1, "accounts that used it in the 28 days before the window's first day"),
		),
	}
}
