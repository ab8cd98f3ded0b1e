package cli

import "golang.org/x/sys/windows/registry"

// platformZone translates the zone's Windows name. Only the zones of the United
// States and UTC are known; elsewhere the zone has to be configured.
func platformZone() string {
	key, err := registry.OpenKey(registry.LOCAL_MACHINE, `SYSTEM\CurrentControlSet\Control\TimeZoneInformation`, registry.QUERY_VALUE)
	if err != nil {
		return ""
	}
	defer key.Close()
	name, _, err := key.GetStringValue("TimeZoneKeyName")
	if err != nil {
		return ""
	}
	switch name {
	case "Eastern Standard Time":
		return "America/New_York"
	case "US Eastern Standard Time":
		return "America/Indiana/Indianapolis"
	case "Central Standard Time":
		return "America/Chicago"
	case "Mountain Standard Time":
		return "America/Denver"
	case "US Mountain Standard Time":
		return "America/Phoenix"
	case "Pacific Standard Time":
		return "America/Los_Angeles"
	case "Alaskan Standard Time":
		return "America/Anchorage"
	case "Hawaiian Standard Time":
		return "Pacific/Honolulu"
	case "UTC":
		return "UTC"
	}
	return ""
}
