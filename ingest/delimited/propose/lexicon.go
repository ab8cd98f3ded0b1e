package propose

import (
	"slices"
	"strings"
	"unicode"
)

// words knows the words of headers.
type words struct{ canonical map[string]string }

func newWords() *words {
	w := &words{canonical: map[string]string{}}
	for _, group := range lexicon() {
		spellings := strings.Fields(group)
		for _, s := range spellings {
			if _, ok := w.canonical[s]; !ok {
				w.canonical[s] = spellings[0]
			}
		}
	}
	return w
}

// split takes a header apart: "PatientIDNumber", "pat_id_no" and "Patient-ID no."
// give the same words, in their order. A word that is not known stays as it is.
func (w *words) split(header string) []string {
	var all []string
	for _, token := range tokens(header) {
		if c, ok := w.canonical[token]; ok {
			all = append(all, c)
			continue
		}
		if c, ok := w.canonical[strings.TrimSuffix(token, "s")]; ok {
			all = append(all, c)
			continue
		}
		if parts := w.segment(token); parts != nil {
			all = append(all, parts...)
			continue
		}
		all = append(all, token)
	}
	return slices.DeleteFunc(all, func(s string) bool { return s == "the" })
}

// tokens splits at punctuation, at spaces, and where a capital begins a word.
func tokens(header string) []string {
	var all []string
	var b strings.Builder
	flush := func() {
		if b.Len() > 0 {
			all = append(all, strings.ToLower(b.String()))
			b.Reset()
		}
	}
	runes := []rune(header)
	for i, r := range runes {
		switch {
		case r == '#':
			flush()
			all = append(all, "number")
			continue
		case !unicode.IsLetter(r):
			flush()
			continue
		case unicode.IsUpper(r) && i > 0 && (unicode.IsLower(runes[i-1]) || unicode.IsUpper(runes[i-1]) && i+1 < len(runes) && unicode.IsLower(runes[i+1]) && b.Len() > 1):
			flush()
		}
		b.WriteRune(r)
	}
	flush()
	return all
}

// segment takes a word apart that was written without spaces, such as
// "eventtimestamp". It returns nil if not all of it is known.
func (w *words) segment(token string) []string {
	const shortest, longest = 5, 40
	if len(token) < shortest || len(token) > longest {
		return nil
	}
	best := make([][]string, len(token)+1)
	best[0] = []string{}
	for end := 1; end <= len(token); end++ {
		for start := range end {
			piece := token[start:end]
			if best[start] == nil || !w.isPiece(piece) {
				continue
			}
			if best[end] == nil || len(best[start])+1 < len(best[end]) {
				best[end] = append(slices.Clone(best[start]), w.canonical[piece])
			}
		}
	}
	return best[len(token)]
}

// isPiece reports whether a word may be part of a longer one. Most words of two
// letters may not, because any word could be made of them.
func (w *words) isPiece(piece string) bool {
	if len(piece) < 3 {
		return slices.Contains([]string{"id", "no", "nr", "ip", "dt", "tm", "ts", "pt", "nm", "cd", "by", "at", "on"}, piece)
	}
	_, ok := w.canonical[piece]
	return ok
}

// lexicon lists the words of headers: first the one that stands for the others.
// The others are spellings, abbreviations, and words of other languages.
func lexicon() []string {
	return []string{
		// time
		"date dt datum fecha day", "time tm ora heure hora zeit uhrzeit tijd hour", "timestamp ts datetime dttm dtm datetm dtime tstamp instant moment dts zeitstempel zeitpunkt epoch datehour fechahora",
		"when wann cuando quand", "utc gmt", "local", "occurred happened occurrence", "recorded logged captured", "received stored synced synchronised synchronized processed posted ingested inserted",
		"end ended close closed stop stopped finish finished exit out", "start started begin began begun", "in", "spent", "logout logoff signout signoff", "duration elapsed seconds minutes millis ms exposure length",
		"zone tz timezone offset",
		// what was done, in headers such as "Accessed By" and "Viewed On"
		"performed done executed made carried acted", "accessed", "accessing performing viewing requesting opening acting_person", "returned fetched", "opened", "viewed", "initiated triggered invoked requested", "created creation create", "modified modification modify changed change updated update edited edit amended",
		"entered entry", "signed ordered referred prescribed approved reviewed authored verified assigned collected scheduled attested cosigned cosigner rendered dictated resulted",
		"printed", "deleted", "last latest recent", "by von por par durch door", "on at", "of for from", "to",
		// people
		"user usr users benutzer nutzer anwender usuario utilisateur utente gebruiker username userid login logon signon signin uid uname bruger brukernavn",
		"operator opr operatore operador bediener", "employee emp employees empl mitarbeiter empleado empleada medewerker", "staff personnel prsnl personal workforce worker colleague teammate collaborator",
		"who wer quien qui", "actor performer principal initiator requester requestor accessor viewer invoker caller", "clinician caregiver", "team", "member", "account acct accounts konto cuenta compte",
		"person people individual", "badge initials", "provider doctor dr physician md practitioner dentist therapist pcp surgeon attending hygienist prescriber specialist gp npi arzt medico medecin counselor rendering referring doc_provider",
		"relationship relation relative", "supervisor impersonator manager approver witness cosigning", "target affected impacted subject recipient destination dest dst", "behalf proxy delegate delegator impersonated impersonating acting",
		"pid", "sid", "patient pt pat pts patients patienten paciente pacientes patienten_in patiente paziente patientin", "client cl clients cliente klient cliënt", "chart charts", "mrn hrn mpi empi phn nhi chi urn emrn mrnumber medrec", "resident consumer", "medical health healthcare hospital unit nhs",
		"demographic demographics", "guarantor payer payor insurance insurer subscriber policy plan carrier", "birth dob born birthday birthdate geburtsdatum", "sex gender age ssn race ethnicity marital language", "phone tel telephone mobile cell fax",
		"email mail", "city zip postal street state country county", "credential credentials specialty speciality taxonomy",
		// attributes
		"id ident identifier identification key pk oid ids kennung", "number num no nr nbr nummer numero", "code cd", "guid uuid", "name nm nom nombre naam names fullname displayname", "display label caption", "title titel",
		"first given fore vorname forename", "surname family lastname nachname apellido", "type typ tipo kind types class", "category cat kategorie categoria", "group grp groups gruppe",
		"role rol rolle position function_title roles", "job occupation profession", "profile", "level", "status state_of", "index idx", "row line", "sequence seq serial ordinal rowid rownum", "reference ref",
		// what
		"action actions aktion accion acao acción actie azione handling tatigkeit tätigkeit", "activity activities aktivitat aktivität actividad", "event events metric evento ereignis evenement événement gebeurtenis", "operation operations op opp operacion operación vorgang", "function func funktion functions",
		"transaction trans txn tran transacción", "task", "verb", "access zugriff acceso accès toegang", "command cmd", "method", "interaction usage", "permission perm permissions privilege right", "did", "mode", "used use",
		"record records datensatz registro rec", "module modul modulo módulo mod", "screen scr bildschirm pantalla", "form forms formular", "table tbl tabelle tabla", "object obj objekt objeto", "resource", "section sect abschnitt", "area bereich", "component", "window", "page panel", "tab", "entity entidad",
		"item", "element", "content contents", "feature", "menu option", "what was que", "view", "document doc docs dokument documento file files letter", "dataset", "field property attribute column feld campo", "part",
		"encounter visit appointment appt booking csn episode besuch termin cita", "order orders claim invoice prescription rx accession specimen lab result_id note", "case",
		"service dos", "due expiry expiration expires effective valid", "admission admit discharge hire", "death procedure statement billing bill payment", "amount price fee cost total balance charge",
		// where
		"computer comp computername pc workstation wks wkstn wkst ws terminal term tty host hostname machine device station node kiosk desktop laptop rechner arbeitsplatz equipo estacion estación ordenador ordinateur poste endpoint werkplek gerät",
		"server servername srv", "ip ipaddr ipaddress ipv ipadresse", "address addr adresse direccion dirección", "network net remote internet", "mac",
		"location loc site facility clinic practice branch centre center office standort sede filiale building campus organisation organization org tenant company ubicacion ubicación lieu", "department dept ward room division service_line abteilung departamento",
		"browser agent platform os version protocol port useragent build app_version",
		// how it went
		"outcome result results ergebnis resultado resultat résultat", "success succeeded successful erfolg exito éxito ok passed pass", "failed failure fail unsuccessful fehlgeschlagen", "granted allowed authorized authorised permitted", "denied denial refused refusal rejected rejection blocked", "error err fehler", "http response",
		"session sess sitzung sesion sesión", "token", "request req correlation trace",
		"reason reasons justification why rationale grund motivo motif razon razón begründung explanation cause", "purpose pou zweck propósito", "break broken breaking", "glass btg breakglass breaktheglass", "emergency override bypass notfall", "flag indicator ind yn is",
		"count cnt quantity qty", "vip sensitive confidential restricted",
		// text and values
		"description descr desc beschreibung descripción omschrijving", "detail details", "comment comments remark remarks kommentar comentario commentaire observaciones bemerkung", "notes memo", "text txt", "message msg", "narrative summary", "information info additional extra", "data datos daten", "query sql", "parameter parameters params param", "url uri link", "body payload xml json", "old alt", "new neu neuer alter nuevo anterior nouveau ancien", "before after previous prior prev original", "value values val wert valor valeur", "diff delta",
		"system sys", "application app program software client_app", "product vendor", "source", "database db instance", "interface feed", "audit trail history hist log protocolo journal", "trigger", "the full a an and or with el la de del des der die das le du van het un una", "interactive", "count_of",
	}
}
