package fhiraudit

import (
	"bytes"
	"encoding/json"
)

// unwrap returns the line of a server's log that a collector has put as text into an
// object of its own, such as {"log":"{\"resourceType\":\"AuditEvent\"…}\n"}. Any
// other line is returned as it is. The names are those of Docker, CloudWatch, Cloud
// Logging, journald and the usual loggers.
func unwrap(line []byte) []byte {
	if line[0] != '{' || !bytes.Contains(line, []byte(`\"AuditEvent\"`)) {
		return line
	}
	var wrapper map[string]json.RawMessage
	if json.Unmarshal(line, &wrapper) != nil {
		return line
	}
	for _, name := range []string{"log", "message", "msg", "MESSAGE", "@message", "textPayload"} {
		var text string
		if json.Unmarshal(wrapper[name], &text) != nil {
			continue
		}
		if inner := bytes.TrimSpace([]byte(text)); len(inner) > 0 && bytes.Contains(inner, []byte(auditEventQuoted)) && !bytes.ContainsAny(inner, "\r\n") {
			return inner
		}
	}
	return line
}
