package openemr

import "github.com/chartwatch/chartwatch/ingest"

// Advice implements [ingest.Advisor].
func (parser) Advice() []ingest.Advice {
	const source = "OpenEMR, library/globals.inc.php and src/Common/Logging/EventAuditLogger.php"
	return []ingest.Advice{
		{
			Lacks:  ingest.ElementReads,
			Text:   `OpenEMR logs the reading of charts only if "Audit Logging SELECT Query" is on, which it is not by default: switch it on under Administration, Config, Logging.`,
			Source: source,
		},
		{
			Lacks:  ingest.ElementPlace,
			Text:   "Only log-ins carry an address in table log; export table api_log as well, or the whole database, for the addresses of requests to the API.",
			Source: source,
		},
		{
			Lacks:  ingest.ElementPrivileges,
			Text:   `Changes of users and their groups are logged if "Audit Logging Security Administration" is on under Administration, Config, Logging.`,
			Source: source,
		},
	}
}
