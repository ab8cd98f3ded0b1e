package openemr

import (
	"encoding/base64"
	"net/netip"
	"strings"
)

// maxComment is how much of the comment of a log-on is looked at.
const maxComment = 512

// logon is what the comment of a log-on tells.
type logon struct {
	ip     string // empty if there is none
	failed bool   // the comment speaks of a failure
	reason reason
}

// readLogon reads the client's address, which no column of the log holds, from
// the comment of a log-on. Nothing else of a comment is ever kept. Since version
// 6.0 comments are base64; encrypted ones look like it and give nothing.
func readLogon(comment []byte) logon {
	if l, ok := parseLogon(string(comment[:min(len(comment), maxComment)])); ok {
		return l
	}
	if len(comment) > maxComment {
		return logon{}
	}
	plain, err := base64.StdEncoding.AppendDecode(nil, comment)
	if err != nil {
		return logon{}
	}
	l, _ := parseLogon(string(plain))
	return l
}

// parseLogon reads a text such as "success: 10.1.2.3 (10.1.2.1)" or
// "Auth failure: 10.1.2.3. user password incorrect".
func parseLogon(text string) (logon, bool) {
	before, rest, found := strings.Cut(text, ": ")
	if !found {
		return logon{}, false
	}
	var l logon
	switch strings.ToLower(before) {
	case "success", "auth success", "api success", "portal api success":
	case "failure", "auth failure", "api failure", "portal api failure":
		l.failed = true
	default:
		return logon{}, false
	}
	address, _, _ := strings.Cut(rest, " ")
	address = strings.TrimRight(address, ".,;")
	if _, err := netip.ParseAddr(address); err == nil {
		l.ip = address
	}
	if l.failed {
		l.reason = reasonOf(strings.ToLower(rest))
	}
	return l, true
}

// reason is why a log-on failed, one of a closed list: the text of a comment is
// not kept.
type reason uint8

const (
	reasonNone reason = iota
	reasonPassword
	reasonNoUser
	reasonInactive
	reasonNoGroup
	reasonEmpty
	reasonTooMany
	reasonBlocked
	reasonCredentials
	reasonDirectory
	reasonExpired
	reasonToken
	reasonPortal
)

func (r reason) String() string {
	switch r {
	case reasonPassword:
		return "password incorrect"
	case reasonNoUser:
		return "user not found"
	case reasonInactive:
		return "user not active"
	case reasonNoGroup:
		return "user in no group"
	case reasonEmpty:
		return "empty username or password"
	case reasonTooMany:
		return "too many failed logins"
	case reasonBlocked:
		return "address blocked"
	case reasonCredentials:
		return "credentials missing or invalid"
	case reasonDirectory:
		return "directory refused"
	case reasonExpired:
		return "password expired"
	case reasonToken:
		return "token not found"
	case reasonPortal:
		return "no portal access"
	default:
		return ""
	}
}

// reasonOf looks for the phrases that the product writes. The order matters:
// "user not found in a group" is not an unknown user.
func reasonOf(text string) reason {
	for _, known := range []struct {
		phrase string
		reason reason
	}{
		{"manually blocked", reasonBlocked},
		{"exceeded maximum number of failed logins", reasonTooMany},
		{"empty username or password", reasonEmpty},
		{"not found in a group", reasonNoGroup},
		{"not in any phpgacl group", reasonNoGroup},
		{"credentials not found", reasonCredentials},
		{"password hash is invalid", reasonCredentials},
		{"ldap authentication", reasonDirectory},
		{"password is expired", reasonExpired},
		{"password incorrect", reasonPassword},
		{"token not found", reasonToken},
		{"user not found", reasonNoUser},
		{"user not active", reasonInactive},
		{"portal", reasonPortal},
	} {
		if strings.Contains(text, known.phrase) {
			return known.reason
		}
	}
	return reasonNone
}
